import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { htmlText } from '../../src/tools/html-text.ts'
import { isPublicAddress } from '../../src/tools/private-address.ts'
import { webFetchTool } from '../../src/tools/web-fetch-tool.ts'
import { use } from './given-desk.ts'

async function givenServer(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise((resolve) => server.once('listening', resolve))
  return (server.address() as AddressInfo).port
}

/** `public.test` is a public name here, `rebound.test` one that changes its address after the first look. */
function givenFetch() {
  let looks = 0
  const addresses: Record<string, string> = { 'public.test': '127.0.0.1', 'private.test': '127.0.0.2' }
  return webFetchTool({
    allows: (address) => address === '127.0.0.1',
    resolve: async (host) => {
      looks += 1
      const rebound = looks === 1 ? '127.0.0.1' : '127.0.0.2'
      return [{ address: host === 'rebound.test' ? rebound : (addresses[host] ?? ''), family: 4 }]
    },
  })
}

describe('WebFetch', () => {
  test('gives the text of a page', async () => {
    const port = await givenServer((request, response) => {
      if (request.url === '/gzip') response.setHeader('content-encoding', 'gzip').end(gzipSync('packed'))
      else if (request.url === '/br')
        response.setHeader('content-encoding', 'br').end(brotliCompressSync('packed tighter'))
      else if (request.url === '/missing') response.writeHead(404).end('not here')
      else
        response
          .setHeader('content-type', 'text/html; charset=utf-8')
          .end(
            '<html><head><title>x</title></head><body><h1>Hello</h1><script>evil()</script><p>you &amp; me</p></body>',
          )
    })
    const fetch = givenFetch()
    const url = `http://public.test:${port}`
    expect((await use(fetch, { url: `${url}/` })).output).toBe(`${url}/, status 200:\n\nHello\n\nyou & me`)
    expect((await use(fetch, { url: `${url}/gzip` })).output).toContain('\n\npacked')
    expect((await use(fetch, { url: `${url}/br` })).output).toContain('packed tighter')
    expect(await use(fetch, { url: `${url}/missing` })).toMatchObject({
      isError: true,
      output: expect.stringContaining('status 404'),
    })
  })

  test('goes nowhere but to public addresses, at every hop', async () => {
    let asked = 0
    const port = await givenServer((request, response) => {
      asked += 1
      const to = new URL(request.url ?? '/', 'http://x').searchParams.get('to')
      if (to === null) response.end('reached')
      else response.writeHead(302, { location: to }).end()
    })
    const fetch = givenFetch()
    const at = (to: string) => `http://public.test:${port}/?to=${encodeURIComponent(to)}`
    expect((await use(fetch, { url: at('/') })).output).toContain('reached')
    asked = 0
    for (const url of [
      `http://private.test:${port}/`,
      `http://127.0.0.2:${port}/`,
      `http://[::1]:${port}/`,
      `http://0x7f000002:${port}/`,
      `http://2130706434:${port}/`,
    ])
      expect((await use(fetch, { url })).output, url).toContain('no public address')
    expect(asked).toBe(0)
    for (const to of [`http://private.test:${port}/`, `http://127.0.0.2:${port}/`, `//private.test:${port}/`])
      expect((await use(fetch, { url: at(to) })).output, to).toContain('no public address')
    for (const to of ['file:///etc/passwd', 'http://name:word@public.test/', 'gopher://public.test/'])
      expect((await use(fetch, { url: at(to) })).isError, to).toBe(true)
    expect((await use(fetch, { url: at(at(at(at(at(at('/')))))) })).output).toContain('redirects more than 5')
  })

  test('connects to the address that was looked at, whatever the name says next', async () => {
    const port = await givenServer((_request, response) => response.end('reached'))
    const fetch = givenFetch()
    expect((await use(fetch, { url: `http://rebound.test:${port}/` })).output).toContain('reached')
    expect((await use(fetch, { url: `http://rebound.test:${port}/` })).output).toContain('no public address')
  })

  test('takes no more than it may, packed or not, and no binaries', async () => {
    const port = await givenServer((request, response) => {
      if (request.url === '/image') response.setHeader('content-type', 'image/png').end('x')
      else if (request.url === '/bomb')
        response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(50_000_000)))
      else response.end('x'.repeat(6_000_000))
    })
    const fetch = givenFetch()
    const url = `http://public.test:${port}`
    const large = await use(fetch, { url: `${url}/` })
    expect(large.output).toContain('cut after 5242880 bytes')
    expect(large.output.length).toBeLessThan(5_242_880 + 200)
    expect((await use(fetch, { url: `${url}/bomb` })).output.length).toBeLessThan(5_242_880 + 200)
    expect((await use(fetch, { url: `${url}/image` })).output).toContain('is no text but image/png')
  })

  test('tells what fails', async () => {
    const port = await givenServer((_request, response) => response.destroy())
    const fetch = givenFetch()
    for (const url of [
      `http://public.test:${port}/`,
      'no url',
      'http://',
      'javascript:alert(1)',
      'http://x:99999/',
    ])
      expect((await use(fetch, { url })).isError, url).toBe(true)
    expect((await use(fetch, {})).output).toContain('does not fit')
  })

  test('ends when it is told to', async () => {
    const stop = new AbortController()
    const port = await givenServer(() => stop.abort(new Error('drained')))
    const running = givenFetch().run(
      { url: `http://public.test:${port}/` },
      { key: 'k', signal: stop.signal },
    )
    await expect(running).rejects.toThrow('drained')
  })
})

test('which addresses are public', () => {
  for (const address of [
    '8.8.8.8',
    '1.1.1.1',
    '172.15.0.1',
    '172.32.0.1',
    '2606:4700::1111',
    '[2a00:1450::1]',
  ])
    expect(isPublicAddress(address), address).toBe(true)
  for (const address of [
    ...[
      '127.0.0.1',
      '127.1.2.3',
      '10.0.0.1',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '169.254.169.254',
    ],
    ...[
      '0.0.0.0',
      '100.64.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '198.18.0.1',
      '::1',
      '::',
      'fe80::1',
      'fc00::1',
    ],
    ...[
      'fd12::1',
      'ff02::1',
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      '::127.0.0.1',
    ],
    ...['2001:0:0:1::1', '2001:db8::1', 'fe80::1%eth0', 'localhost', ''],
  ])
    expect(isPublicAddress(address), address).toBe(false)
})

describe('the text of a page', () => {
  test('is read in one pass, whatever is left open', () => {
    expect(htmlText('a < b <!-- no --> <b>c</b>&#33;&#x263a;&nope;')).toBe('a < b c!☺&nope;')
    expect(htmlText('<p>one<br>two</p><style>x{}</style><ul><li>three')).toBe('one\ntwo\n\nthree')
    const began = performance.now()
    for (const open of ['<', '<script', '<script>', '<!--', '<a href="', '&', '</', '<svg>'])
      htmlText(open.repeat(200_000))
    expect(performance.now() - began).toBeLessThan(5_000)
  })
})

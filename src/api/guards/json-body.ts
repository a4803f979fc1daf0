import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { refusal } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { ApiEnv } from '../context.ts'

/** Refuses larger bodies, whether their length was announced or not. */
export function boundedBody() {
  const counted = bodyLimit({ maxSize: limits.httpBodyBytesMax, onError: refuseLarge })
  return createMiddleware<ApiEnv>(async (c, next) => {
    const { headers } = c.env?.incoming ?? {}
    if (headers === undefined || headers['transfer-encoding'] !== undefined) return counted(c, next)
    // Node takes exactly as many bytes as were announced, and none where none were: nothing is left to count.
    if (Number(headers['content-length'] ?? 0) > limits.httpBodyBytesMax) refuseLarge()
    return next()
  })
}

function refuseLarge(): never {
  const message = `A request's body has at most ${limits.httpBodyBytesMax} bytes.`
  throw refusal({ code: 'too_large', message, bytesMax: limits.httpBodyBytesMax })
}

/**
 * A body is JSON, or it is not taken: what a web page's form can send is not JSON. Nesting and keys are looked at
 * before anything is done with it.
 */
export function jsonBody() {
  return createMiddleware<ApiEnv>(async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD' || c.req.method === 'OPTIONS') return next()
    const encoding = c.req.header('Content-Encoding') ?? 'identity'
    if (encoding !== 'identity') throw unsupported(`Content-Encoding ${encoding}`, 'send it as it is')
    const type = c.req.header('Content-Type') ?? ''
    if (type === '' && (await c.req.text()) === '') return next()
    if (!/^application\/json\s*(?:;|$)/iu.test(type))
      throw unsupported(type === '' ? 'no Content-Type' : `Content-Type ${type}`, 'send application/json')
    const text = await c.req.text()
    if (depthOf(text) > limits.jsonDepthMax) {
      const message = `The body nests deeper than ${limits.jsonDepthMax} levels.`
      throw refusal({ code: 'too_nested', message })
    }
    checkKeys(parsed(text))
    return next()
  })
}

function unsupported(found: string, remedy: string) {
  return refusal({
    code: 'unsupported_media_type',
    message: `The body came with ${found}; ${remedy}.`,
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw refusal({ code: 'not_json', message: `The body is not JSON: ${(error as Error).message}` })
  }
}

/** Levels of brackets outside strings; needs no parser, so that no parser has to be trusted with it. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]
    if (inString) {
      if (char === '\\') at += 1
      else if (char === '"') inString = false
    } else if (char === '"') inString = true
    else if (char === '{' || char === '[') {
      depth += 1
      deepest = Math.max(deepest, depth)
    } else if (char === '}' || char === ']') depth -= 1
  }
  return deepest
}

const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

function checkKeys(value: unknown): void {
  if (value === null || typeof value !== 'object') return
  for (const [key, child] of Object.entries(value)) {
    if (!Array.isArray(value) && forbiddenKeys.has(key)) {
      throw refusal({ code: 'forbidden_key', message: `The body has a key "${key}", which is not taken.` })
    }
    checkKeys(child)
  }
}

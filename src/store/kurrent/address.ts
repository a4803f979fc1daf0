import { DaybookError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'

/**
 * Where a KurrentDB or EventStoreDB is, as its connection string says. The client's own parser cuts a
 * password at its first colon, warns about unknown options with the whole string (password included), and
 * knows neither `kurrentdb://` nor IPv6; this one knows all that its users may write.
 */
export interface KurrentAddress {
  readonly hosts: readonly { readonly address: string; readonly port: number }[]
  /** How the node to talk to is found: by asking the hosts for the cluster's members, or not at all. */
  readonly discovery: 'dns' | 'gossip' | 'none'
  readonly credentials?: { readonly username: string; readonly password: string }
  readonly tls: boolean
  readonly tlsVerify: boolean
  readonly tlsCaFile?: string
  readonly userCertFile?: string
  readonly userKeyFile?: string
  readonly nodePreference: NodePreference
  readonly maxDiscoverAttempts?: number
  readonly discoveryIntervalMs?: number
  readonly gossipTimeoutSeconds?: number
  readonly keepAliveIntervalMs?: number
  readonly keepAliveTimeoutMs?: number
  readonly connectionName?: string
  /** Streams of a project begin with its name and a slash. */
  readonly project: string
}

export type NodePreference = 'leader' | 'follower' | 'read_only_replica' | 'random'

const schemes = /^(?:esdb|kurrentdb|kurrent|kdb)(?<discover>\+discover)?:\/\//u
const nodePreferences = ['leader', 'follower', 'read_only_replica', 'random'] as const
const defaultPort = 2113

/** True for the connection strings that `openKurrentStore` takes. */
export function isKurrentUrl(url: string): boolean {
  return schemes.test(url.trim())
}

/**
 * Reads `SCHEME://[user:password@]host[:port][,host…][/][?option=value&…]`. Option names are compared
 * without case, `-` and `_`. Throws `usage`, never with the credentials in the message.
 */
export function parseKurrentUrl(url: string): KurrentAddress {
  const text = url.trim()
  const scheme = schemes.exec(text)
  if (scheme === null)
    throw wrong(
      'A KurrentDB URL begins with esdb://, esdb+discover://, kurrentdb:// or kurrentdb+discover://.',
    )
  const [place = '', query = ''] = splitOnce(text.slice(scheme[0].length), '?')
  const at = place.lastIndexOf('@')
  const credentials = at < 0 ? {} : { credentials: parseCredentials(place.slice(0, at)) }
  const hosts = place
    .slice(at + 1)
    .replace(/\/+$/u, '')
    .split(',')
    .map(parseHost)
  const alone = hosts.length > 1 ? 'gossip' : 'none'
  const discovery = scheme.groups?.discover === undefined ? alone : 'dns'
  return { hosts, discovery, ...credentials, ...parseOptions(query) }
}

/** For people: without credentials and options. */
export function describeAddress(address: KurrentAddress): string {
  const discover = address.discovery === 'dns' ? '+discover' : ''
  const hosts = address.hosts.map((host) => `${host.address}:${host.port}`).join(',')
  return `kurrentdb${discover}://${hosts} (project ${address.project})`
}

function parseCredentials(text: string): { username: string; password: string } {
  const [username, password] = splitOnce(text, ':')
  if (username === '' || password === undefined)
    throw wrong('Credentials are written user:password@ before the host, percent-encoded where needed.')
  return { username: decode(username), password: decode(password) }
}

function parseHost(text: string): { address: string; port: number } {
  const match = /^(?<address>\[[0-9a-f:.]+\]|[^\s:/?#@[\]]+)(?::(?<port>\d{1,5}))?$/iu.exec(text.trim())
  const port = Number(match?.groups?.port ?? defaultPort)
  if (match?.groups?.address === undefined || port < 1 || port > 65_535)
    throw wrong(`${JSON.stringify(text)} is no host: expected name, name:port or [IPv6]:port.`)
  return { address: match.groups.address, port }
}

/** What each option means; `undefined` for those that other clients know and that change nothing here. */
const options: Readonly<
  Record<string, ((value: string, name: string) => Partial<KurrentAddress>) | undefined>
> = {
  tls: (value, name) => ({ tls: flag(value, name) }),
  tlsverifycert: (value, name) => ({ tlsVerify: flag(value, name) }),
  tlscafile: (value) => ({ tlsCaFile: value }),
  usercertfile: (value) => ({ userCertFile: value }),
  userkeyfile: (value) => ({ userKeyFile: value }),
  nodepreference: (value, name) => ({ nodePreference: preference(value, name) }),
  maxdiscoverattempts: (value, name) => ({ maxDiscoverAttempts: whole(value, name) }),
  discoveryinterval: (value, name) => ({ discoveryIntervalMs: whole(value, name) }),
  gossiptimeout: (value, name) => ({ gossipTimeoutSeconds: whole(value, name) }),
  keepaliveinterval: (value, name) => ({ keepAliveIntervalMs: whole(value, name) }),
  keepalivetimeout: (value, name) => ({ keepAliveTimeoutMs: whole(value, name) }),
  connectionname: (value) => ({ connectionName: value }),
  daybookproject: (value) => ({ project: projectName(value) }),
  defaultdeadline: undefined,
  throwonappendfailure: undefined,
}

function parseOptions(query: string): Omit<KurrentAddress, 'hosts' | 'discovery' | 'credentials'> {
  let parsed: Omit<KurrentAddress, 'hosts' | 'discovery' | 'credentials'> = {
    tls: true,
    tlsVerify: true,
    nodePreference: 'leader',
    project: 'daybook',
  }
  for (const pair of query.split('&').filter((each) => each !== '')) {
    const [name = '', value = ''] = splitOnce(pair, '=')
    const key = name.toLowerCase().replace(/[_-]/gu, '')
    if (!Object.hasOwn(options, key))
      throw wrong(`Unknown option ${JSON.stringify(name)}; known are ${Object.keys(options).join(', ')}.`)
    parsed = { ...parsed, ...options[key]?.(decode(value), name) }
  }
  if ((parsed.userCertFile === undefined) !== (parsed.userKeyFile === undefined))
    throw wrong('userCertFile and userKeyFile belong together; one of them is missing.')
  return parsed
}

/** The name in front of the project's streams. */
export function projectName(value: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/u.test(value) && value.length <= limits.projectNameCharsMax) return value
  throw wrong(
    `${JSON.stringify(value)} is no project name: letters, digits, . _ - and at most ${limits.projectNameCharsMax} characters.`,
  )
}

function flag(value: string, name: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true'
  throw wrong(`${name} is true or false, not ${JSON.stringify(value)}.`)
}

function whole(value: string, name: string): number {
  if (/^\d{1,9}$/u.test(value) && Number(value) > 0) return Number(value)
  throw wrong(`${name} is a whole number from 1, not ${JSON.stringify(value)}.`)
}

function preference(value: string, name: string): NodePreference {
  const flat = (text: string) => text.toLowerCase().replace(/[_-]/gu, '')
  const known = nodePreferences.find((each) => flat(each) === flat(value))
  if (known !== undefined) return known
  throw wrong(`${name} is one of ${nodePreferences.join(', ')}, not ${JSON.stringify(value)}.`)
}

function splitOnce(text: string, by: string): [string, string?] {
  const index = text.indexOf(by)
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + by.length)]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw wrong('The KurrentDB URL has a % that is no percent-encoding; write % itself as %25.')
  }
}

function wrong(message: string): DaybookError {
  return new DaybookError('usage', message)
}

/** What secretlint's recommended rules leave out, or ask to be whole. Each match is a secret as it stands. */
export const ownRules: readonly { readonly name: string; readonly pattern: RegExp }[] = [
  // Keys of this vendor in any length: the recommended rule knows one form only.
  { name: 'anthropic-key', pattern: /(?<![\p{L}\p{N}])sk-ant-[A-Za-z0-9_-]{16,512}/gu },
  // RFC 7519: header and claims are JSON objects in Base64url, so both begin with "eyJ".
  {
    name: 'jwt',
    pattern: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,4096}\.eyJ[A-Za-z0-9_-]{8,16384}\.[A-Za-z0-9_-]{0,4096}/gu,
  },
  // RFC 7468, also cut off, without its end, and with line feeds that were escaped, also twice. Stops where another
  // one begins, or a text of nothing but beginnings would take seconds.
  {
    name: 'private-key',
    pattern:
      /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:(?:(?!-----BEGIN)[A-Za-z0-9+/=\s\\:,.-]){0,20000}?-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|(?:(?:\\{1,4}[nr]|\s)*[A-Za-z0-9+/=]{16,})*)/gu,
  },
  // Keys of Daybook's own API.
  { name: 'daybook-key', pattern: /daybook_[0-9a-f]{16}_[A-Za-z0-9_-]{43}/gu },
  { name: 'aws-access-key-id', pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/gu },
  // The recommended rules find the next three, and then report as many characters from where the name begins.
  {
    name: 'aws-secret-access-key',
    pattern:
      /secret_?access_?key["'\\]{0,3}\s{0,20}(?:=>|:|=)\s{0,20}["'\\]{0,3}[A-Za-z0-9/+=]{40}(?![A-Za-z0-9/+])/giu,
  },
  { name: 'npm-auth-token', pattern: /(?<=_authToken=)(?!\$)[^\s"'`]{8,1024}/gu },
  { name: 'token-in-address', pattern: /https?:\/\/[^\n@/]{1,256}:x-oauth-basic@github\.com/gu },
]

/** A text without what these rules find, at once. */
export function withoutKnownSecrets(text: string): string {
  return ownRules.reduce((rest, { name, pattern }) => rest.replaceAll(pattern, `[redacted: ${name}]`), text)
}

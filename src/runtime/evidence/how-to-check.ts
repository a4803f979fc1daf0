import type { Seal } from '../seals/seal.ts'

/** How to check the folder with nothing of Daybook: everything that the checks consist of, in words. */
export function howToCheck({ workflow, seal }: { readonly workflow: string; readonly seal: Seal }): string {
  return `# How to check this evidence

This folder shows what a Daybook log says about the workflow \`${workflow}\`, and that the log said so when it was
sealed. \`daybook evidence verify FOLDER\` checks it. So can anybody with SHA-256 and Ed25519, as follows.

## Files

| File | What |
|---|---|
| \`events.jsonl\` | the events, one a line, each as canonical JSON (RFC 8785) |
| \`proofs.jsonl\` | line n proves line n of \`events.jsonl\` |
| \`seal.json\` | the seal: \`size\` (events of the sealed log), \`root\`, \`through\` (id of its last event), \`previous\`, \`keyId\`, \`signature\` |
| \`key.pem\` | the public key that the seal is signed with (Ed25519) |
| \`manifest.json\` | the number of events, and the SHA-256 of \`events.jsonl\` |
| \`index.html\` | the events to read; nothing in it needs to be believed |

## The signature

1. The key: \`ed25519:\` followed by the first 32 hexadecimal digits of the SHA-256 of the public key in DER (SPKI)
   must be the seal's \`keyId\` (here \`${seal.keyId}\`). That this key is the right one, somebody you trust must tell
   you: compare the id with what they published.
2. The signed bytes are the line \`daybook-seal-v1\`, a line feed, and the seal without \`signature\` as canonical JSON,
   which means: the keys in the order keyId, previous, root, size, through, without any blank.
3. \`signature\` is Base64; verify it with Ed25519 (RFC 8032).

## Each event

With H for SHA-256, || for concatenation, and the line's bytes without its line feed:

1. hash = H(0x00 || line)
2. Take \`index\`, \`size\` and \`path\` (Base64, 32 bytes each) of the proof. \`size\` must be the seal's, and \`index\` less
   than \`size\`. Set place = index, last = size - 1.
3. For each p of \`path\`: fail if last = 0. If place is odd or place = last: hash = H(0x01 || p || hash), and then, if
   place was even, halve place and last (rounding down) until place is odd or 0. Otherwise:
   hash = H(0x01 || hash || p). Then halve place and last (rounding down).
4. last must be 0 now, and \`sha256:\` with the hash in hexadecimal must be the seal's \`root\`.

This is the audit path of RFC 6962 (Certificate Transparency), section 2.1.1.

## What it shows, and what not

It shows that these events stood in the sealed log, at these places, word for word. Within a stream \`revision\` counts
from 0 without a gap, so an event that was left out of the middle of a stream shows. It does not show that the log
holds nothing else, nor that what was recorded is true. When it was sealed, \`recordedAt\` of the last event says,
by the clock of the machine that recorded it.
`
}

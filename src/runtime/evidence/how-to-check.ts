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
| \`manifest.json\` | the \`workflow\`, the number of \`events\`, the \`digest\` of \`events.jsonl\` (\`sha256:\` and the SHA-256 of its bytes), the digest of the \`seal\`, and the \`signature\` of these, or null |
| \`index.html\` | the events to read; nothing in it needs to be believed |

## The seal's signature

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

This is the audit path of RFC 6962 (Certificate Transparency), section 2.1.1. Each \`index\` must be greater than that
of the line before.

## Whether these are all

A proof shows that an event was there, and says nothing of an event that was left out of this folder. That none was,
the exporter, who had the log, says in \`manifest.json\`, and signs it with the key of the seal:

1. \`events\` must be the number of lines of \`events.jsonl\`, and \`digest\` must be that of its bytes.
2. \`seal\` must be \`sha256:\` and the SHA-256 of the whole seal as canonical JSON: the keys in the order keyId, previous,
   root, signature, size, through, without any blank.
3. The signed bytes are the line \`daybook-evidence-v2\`, a line feed, and
   \`{"digest":…,"events":…,"seal":…,"workflow":…}\` with the manifest's values, without any blank.
4. \`signature\` is Base64; verify it with Ed25519 and the same key.

What is signed: in the log under this seal, the events of the workflow, which are those of its stream
\`workflow-${workflow}\`, those whose \`meta.correlation\` is \`${workflow}\`, and those that they name by id (the agents in
\`roster\` of WorkflowStarted, the \`sections\` of ContextGiven), are these and no others.

Where \`signature\` is null, or \`format\` is \`daybook-evidence-v1\`, nobody signed that: the folder may have been cut, its
manifest made to fit, and no check of it alone can tell. Ask for a signed one.

In either case, in a stream whose name begins with \`workflow-\`, \`session-\` or \`handoff-\`, \`revision\` counts from 0 without
a gap, so an event that was left out of the middle of one shows. Streams that begin with \`agent-\` or \`memory-\` are here
only as far as they belong to the workflow, and have gaps.

## What it shows, and what not

It shows that these events stood in the sealed log, at these places, word for word, and, signed, that they are all of
the workflow's up to the seal. What came after the seal is not here: a stream without its end (SessionCompleted,
HandoffCompleted, WorkflowCompleted and the like) was open then. It does not show that what was recorded is true, and
whoever holds the key can sign what they like. When it was sealed, \`recordedAt\` of the last event says, by the clock of
the machine that recorded it.
`
}

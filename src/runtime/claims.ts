import type { Claim } from '../memory/ownership.ts'
import type { LogView } from './log-view.ts'

/** What the registered agents claim of a document, in the order of their registration. */
export function claimsOn(view: LogView, document: string): Claim[] {
  return view
    .agents()
    .flatMap(({ definition }) =>
      definition.claims
        .filter((claim) => claim.document === document)
        .map((claim) => ({ agent: definition.name, heading: claim.heading })),
    )
}

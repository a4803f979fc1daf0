import { policies, policyNamed, type RoutingPolicy } from '../handoffs/routing/policy.ts'
import { DaybookError } from '../kernel/errors.ts'

export const policiesKnown = policies.map(({ name }) => name).join(', ')

/** The policy of a `--policy` flag. Throws `usage` with the names there are. */
export function policyOf(name: string): RoutingPolicy {
  const policy = policyNamed(name)
  if (policy === null)
    throw new DaybookError('usage', `--policy: expected one of ${policiesKnown}, found "${name}".`)
  return policy
}

import { expect } from 'vitest'
import type { Project } from '../src/runtime/project.ts'
import { prove } from '../src/runtime/proof/prove.ts'

/** Every workflow of a log proves intact, whatever a test did with it: in the middle of its work as well as at its end. */
export async function proveAll(project: Project): Promise<void> {
  await project.work.refresh()
  for (const { id, workflow } of [...project.work.workflows()]) {
    const { intact, firstDifference } = await prove(project, id)
    const { status } = workflow
    expect({ workflow: id, status, intact, firstDifference }).toEqual({
      workflow: id,
      status,
      intact: true,
      firstDifference: null,
    })
  }
}

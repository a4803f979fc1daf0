import { createMiddleware } from 'hono/factory'
import { refusal } from '../../kernel/errors.ts'
import { position } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import type { ApiEnv } from '../context.ts'

const header = 'Daybook-After'

/**
 * A reader who knows of an event, from any process on this log, may ask for an answer that holds it: with
 * `Daybook-After: <position>` the answer is as of that position or later, or 503 when this process does not get
 * there within `limits.awaitedPositionMs`.
 */
export function awaitedPosition() {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const after = c.req.header(header)
    // How far the log is, is nothing for strangers.
    if (after !== undefined && c.get('caller') !== undefined) {
      if (!/^\d{1,20}$/u.test(after)) {
        const message = `${header} is ${JSON.stringify(after.slice(0, 40))}: expected a position of this log, up to 20 digits.`
        throw refusal({ code: 'bad_request', message })
      }
      const { project, projector } = c.var.daybook
      await projector.waitFor(position(after), limits.awaitedPositionMs)
      await project.reading.refresh()
    }
    await next()
  })
}

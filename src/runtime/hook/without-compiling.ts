import { config } from 'zod'

/** A schema that checks one event, and then the process ends: compiling it first would take longer than that. */
config({ jitless: true })

import process from 'node:process'

/**
 * Tests must not depend on what the developer's shell says: a real key would be used and paid for, a real
 * folder would be written to. Children that a test starts inherit the cleared environment.
 */
for (const name of Object.keys(process.env)) {
  if (/^(?:ANTHROPIC|DAYBOOK)_/u.test(name) || name === 'FORCE_COLOR') delete process.env[name]
}

// Where CI is set, colours are taken for wanted; they are decided when the program is loaded.
process.env.NO_COLOR = '1'

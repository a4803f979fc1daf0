import { expect, test } from 'vitest'
import { ownName } from '../../src/cli/own-name.ts'

test('hints name the program as whoever reads them started it', () => {
  expect(ownName({})).toBe('daybook')
  const byNpx = { npm_lifecycle_event: 'npx', npm_lifecycle_script: 'daybook run "A goal"' }
  expect(ownName(byNpx)).toBe('npx daybook')
  expect(ownName({ ...byNpx, npm_lifecycle_script: 'vitest run' })).toBe('daybook')
  const inClone = { npm_package_name: 'daybook', npm_command: 'run-script' }
  expect(ownName({ ...inClone, npm_lifecycle_event: 'daybook' })).toBe('npm run --silent daybook --')
  expect(ownName({ ...inClone, npm_lifecycle_event: 'start' })).toBe('npm run --silent daybook --')
  // Another package's script that calls the installed program finds it by its name.
  expect(
    ownName({ npm_package_name: 'shop', npm_command: 'run-script', npm_lifecycle_event: 'daybook' }),
  ).toBe('daybook')
})

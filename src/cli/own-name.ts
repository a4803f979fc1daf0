/**
 * How whoever reads a hint starts this program: by `npm run` in a clone, where nothing named `daybook` is installed;
 * by `npx` where they did so now; by its name otherwise.
 */
export function ownName(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const { npm_package_name: within, npm_lifecycle_event: script, npm_lifecycle_script: started = '' } = env
  if (within === 'daybook' && (script === 'daybook' || script === 'start'))
    return 'npm run --silent daybook --'
  return script === 'npx' && /^daybook(?:\s|$)/u.test(started) ? 'npx daybook' : 'daybook'
}

interface About {
  readonly description: string
  readonly tools: string
  readonly heading: string
}

function agentFile(name: string, { description, tools, heading }: About): string {
  return `---
name: ${name}
description: ${description}
tools: ${tools}
---

You are ${name}.

## Memory Protocol

Before starting any task, read \`.superagent/memory/insights.md\`. You own the section \`## ${heading}\`.
`
}

/** Agent files of the project that is fired at, by name. */
export const agents: Readonly<Record<string, string>> = {
  'system-planner': agentFile('system-planner', {
    description: 'Plans systems and services, and decides their boundaries',
    tools: 'Read, Write, Edit, Grep',
    heading: 'System Plans',
  }),
  'load-runner': agentFile('load-runner', {
    description: 'Runs load tests and measures throughput of services under load',
    tools: 'Read',
    heading: 'Load Results',
  }),
  'bench-keeper': agentFile('bench-keeper', {
    description: 'Keeps the benchmark machines and their schedules',
    tools: 'Read',
    heading: 'Bench Notes',
  }),
}

/** Its memory: a section for each of them. */
export const insights = `# Insights

## System Plans

One service, one log.

## Load Results

200 requests a second.

## Bench Notes

Two machines.
`

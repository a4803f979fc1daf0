import { Parser } from 'commonmark'

/** The level-2 headings at the top of a document as a CommonMark parser sees them: the sections that readers see. */
export function sectionHeadings(markdown: string): string[] {
  const headings: string[] = []
  for (let node = new Parser().parse(markdown).firstChild; node !== null; node = node.next) {
    if (node.type !== 'heading' || node.level !== 2) continue
    const walker = node.walker()
    let text = ''
    for (let step = walker.next(); step !== null; step = walker.next()) {
      if (step.entering) text += step.node.literal ?? ''
    }
    headings.push(text)
  }
  return headings
}

/** Server-sent events as they arrive: the data of each, null for a comment or a bare id (WHATWG HTML, 9.2). */
export async function* sentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<string | null, void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    const frames = (rest + decoder.decode(chunk, { stream: true })).split(/\n\n/u)
    rest = frames.pop() ?? ''
    for (const frame of frames) yield dataOf(frame)
  }
}

function dataOf(frame: string): string | null {
  const data = frame
    .split('\n')
    .flatMap((line) => (line.startsWith('data:') ? [line.slice(5).trimStart()] : []))
  return data.length === 0 ? null : data.join('\n')
}

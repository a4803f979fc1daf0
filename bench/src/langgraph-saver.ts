/** What is used of LangGraph's saver. Its packages are installed beside the bench alone, so its types stand here. */
export interface Saver {
  put(config: object, checkpoint: object, metadata: object): Promise<object>
  close(): void
}

interface Packages {
  readonly SqliteSaver: {
    fromConnString(path: string): Omit<Saver, 'close'> & { readonly db: { close(): void } }
  }
  readonly emptyCheckpoint: () => object
}

const packages = ['@langchain/langgraph-checkpoint-sqlite', '@langchain/langgraph-checkpoint'] as const

/** The saver on a new file and an empty checkpoint; why there is none, where its native part cannot be built. */
export async function langgraphSaver(
  path: string,
): Promise<{ saver: Saver; empty: object } | { why: string }> {
  try {
    const [{ SqliteSaver }, { emptyCheckpoint }] = (await Promise.all(
      packages.map((name) => import(name)),
    )) as unknown as [Pick<Packages, 'SqliteSaver'>, Pick<Packages, 'emptyCheckpoint'>]
    const saver = SqliteSaver.fromConnString(path)
    return {
      saver: { put: (...given) => saver.put(...given), close: () => saver.db.close() },
      empty: emptyCheckpoint(),
    }
  } catch (error) {
    // Of a native part that was built for another Node, the end of a long text says what to do.
    return { why: (error as Error).message.split('\n').join(' ') }
  }
}

import {
  type DocumentFolderOptions,
  documentPath,
  documentsFor,
  DocumentFolder as Original,
} from '../../../src/runtime/document-folder.ts'
import { place } from '../point.ts'

export { type DocumentFolderOptions, documentPath, documentsFor }

/** The folder of rendered documents, with a place to die before and after every rendering. */
export class DocumentFolder extends Original {
  override async render(document: string): Promise<void> {
    const here = place(`effect:render ${document}`)
    here.pass('before')
    await super.render(document)
    here.pass('after')
  }
}

import { OpmlError } from '../../core/errors.ts'

/** Constants that would take too much work or memory to compute while a model is imported. */
export class FoldingLimitError extends OpmlError {
  override readonly name = 'FoldingLimitError'

  /** @param p.what - what there is too much of, with both numbers. */
  constructor(p: { what: string }) {
    super(`Its constant result is not computed at import: ${p.what}.`, {
      code: 'IMPORT_FOLDING_LIMIT',
      suggestion:
        'Export the model with its constants folded, or leave an input of that part open instead of binding it.',
    })
  }
}

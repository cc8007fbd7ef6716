import { OpmlError } from '../../core/errors.ts'

/** A bundle that breaks the format or does not hold what it says; names the file and the field. */
export class BundleError extends OpmlError {
  override readonly name = 'BundleError'
  /** Path inside the bundle. */
  readonly file: string
  /** Place inside the file, such as `constants[3].offset`; empty where it is the whole file. */
  readonly field: string

  constructor(p: { file: string; field?: string; reason: string; cause?: unknown }) {
    const place = p.field === undefined ? p.file : `${p.file}, ${p.field}`
    super(`The bundle is not valid: ${place}: ${p.reason}.`, {
      code: 'BUNDLE_INVALID',
      suggestion: 'Get the bundle again, or make it anew from the model with "opml import".',
      cause: p.cause,
    })
    this.file = p.file
    this.field = p.field ?? ''
  }
}

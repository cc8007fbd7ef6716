import { OpmlError } from '../core/errors.ts'

/** An ELF file that is no guest image of a program (spec/02 §9). */
export class GuestImageError extends OpmlError {
  override readonly name = 'GuestImageError'

  constructor(reason: string) {
    super(`The guest image ${reason}.`, {
      code: 'TRACE_GUEST_IMAGE',
      suggestion: 'Use an image of guest/images that this version ships.',
    })
  }
}

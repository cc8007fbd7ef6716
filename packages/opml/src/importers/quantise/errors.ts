import { OpmlError } from '../../core/errors.ts'

/** A model with operators that have no fixed-point form; lists everything at once. */
export class QuantiseUnsupportedError extends OpmlError {
  override readonly name = 'QuantiseUnsupportedError'
  /** One line each: node, operator, reason. */
  readonly reasons: readonly string[]

  constructor(reasons: readonly string[]) {
    super(`The model cannot be quantised:\n${reasons.map((reason) => `  - ${reason}`).join('\n')}`, {
      code: 'QUANTISE_UNSUPPORTED',
      suggestion: 'See docs/quantise.md for what has a fixed-point form; "opml import" takes the model in f32.',
    })
    this.reasons = reasons
  }
}

/** Calibration data that cannot be used. */
export class QuantiseCalibrationError extends OpmlError {
  override readonly name = 'QuantiseCalibrationError'

  constructor(reason: string) {
    super(`The calibration failed: ${reason}.`, {
      code: 'QUANTISE_CALIBRATION',
      suggestion: 'Give inputs like those that the model will see, in the shapes and dtypes that it declares.',
    })
  }
}

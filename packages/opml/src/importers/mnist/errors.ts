import { OpmlError } from '../../core/errors.ts'

/** The program file cannot take a model: it is no template, or the model is larger than its region. */
export class ModelRegionError extends OpmlError {
  override readonly name = 'ModelRegionError'
  readonly reason: string
  constructor(p: { reason: string }) {
    super(`Program template: ${p.reason}.`, {
      code: 'IMPORT_MODEL_REGION',
      suggestion: 'Use an unfilled image of guest/images that belongs to this kind of model.',
    })
    this.reason = p.reason
  }
}

/** A row of an 8-bit layer could leave the 32-bit accumulator. */
export class AccumulatorRangeError extends OpmlError {
  override readonly name = 'AccumulatorRangeError'
  readonly tensor: string
  readonly row: number
  readonly bound: number
  constructor(p: { tensor: string; row: number; bound: number }) {
    super(`Tensor "${p.tensor}", row ${p.row}: sums may reach ±${p.bound}, outside 32 bits.`, {
      code: 'IMPORT_ACCUMULATOR_RANGE',
      suggestion: 'Quantise again with a larger scale for the bias of that row.',
    })
    this.tensor = p.tensor
    this.row = p.row
    this.bound = p.bound
  }
}

/** An integer parameter of an 8-bit model lies outside what the kernels accept. */
export class QuantizedParameterError extends OpmlError {
  override readonly name = 'QuantizedParameterError'
  readonly tensor: string
  readonly index: number
  readonly value: number
  constructor(p: { tensor: string; index: number; value: number; low: number; high: number }) {
    super(`Tensor "${p.tensor}", element ${p.index}: ${p.value} is outside ${p.low} to ${p.high}.`, {
      code: 'IMPORT_QUANTIZED_PARAMETER',
      suggestion: 'Quantise the model again with quantizeMnist.',
    })
    this.tensor = p.tensor
    this.index = p.index
    this.value = p.value
  }
}

/** The images that set the scales of the activations are unusable. */
export class CalibrationError extends OpmlError {
  override readonly name = 'CalibrationError'
  constructor(p: { reason: string }) {
    super(`Calibration images: ${p.reason}.`, {
      code: 'IMPORT_CALIBRATION',
      suggestion: 'Give a few hundred images of the training set, 784 bytes each, one after the other.',
    })
  }
}

/** An image that is not 784 pixels long. */
export class ImageSizeError extends OpmlError {
  override readonly name = 'ImageSizeError'
  readonly actual: number
  constructor(p: { actual: number }) {
    super(`Image: expected 784 bytes (28 rows of 28 pixels), got ${p.actual}.`, {
      code: 'IMPORT_IMAGE_SIZE',
      suggestion: 'Give the raw grey values, one byte a pixel, white digit on black, without a file header.',
    })
    this.actual = p.actual
  }
}

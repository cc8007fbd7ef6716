import { OpmlError } from '../../core/errors.ts'

/** The file ends before the part that its header announces. */
export class SafetensorsTruncatedError extends OpmlError {
  override readonly name = 'SafetensorsTruncatedError'
  readonly part: string
  readonly neededBytes: number
  readonly actualBytes: number
  constructor(p: { part: string; neededBytes: number; actualBytes: number }) {
    super(`Safetensors file: ${p.part} needs ${p.neededBytes} bytes, the file has ${p.actualBytes}.`, {
      code: 'IMPORT_SAFETENSORS_TRUNCATED',
      suggestion: 'Fetch the file again and compare its size with the published one.',
    })
    this.part = p.part
    this.neededBytes = p.neededBytes
    this.actualBytes = p.actualBytes
  }
}

/** The header is not what the safetensors format allows. */
export class SafetensorsHeaderError extends OpmlError {
  override readonly name = 'SafetensorsHeaderError'
  readonly reason: string
  constructor(p: { reason: string; cause?: unknown }) {
    super(`Safetensors header: ${p.reason}.`, {
      code: 'IMPORT_SAFETENSORS_HEADER',
      suggestion: 'Save the state dict again with the safetensors library.',
      cause: p.cause,
    })
    this.reason = p.reason
  }
}

/** One tensor's entry in the header is malformed or contradicts the data section. */
export class SafetensorsTensorError extends OpmlError {
  override readonly name = 'SafetensorsTensorError'
  readonly tensor: string
  readonly reason: string
  constructor(p: { tensor: string; reason: string }) {
    super(`Safetensors tensor ${quoteName(p.tensor)}: ${p.reason}.`, {
      code: 'IMPORT_SAFETENSORS_TENSOR',
      suggestion: 'Save the state dict again with the safetensors library.',
    })
    this.tensor = p.tensor
    this.reason = p.reason
  }
}

/** The tensors do not tile the data section: two overlap, or bytes belong to none. */
export class SafetensorsLayoutError extends OpmlError {
  override readonly name = 'SafetensorsLayoutError'
  readonly offsetBytes: number
  constructor(p: { reason: string; offsetBytes: number }) {
    super(`Safetensors data section: ${p.reason} at offset ${p.offsetBytes}.`, {
      code: 'IMPORT_SAFETENSORS_LAYOUT',
      suggestion: 'Save the state dict again with the safetensors library.',
    })
    this.offsetBytes = p.offsetBytes
  }
}

/** The state dict has no tensor of a name that the model needs. */
export class MissingTensorError extends OpmlError {
  override readonly name = 'MissingTensorError'
  readonly tensor: string
  readonly present: readonly string[]
  constructor(p: { tensor: string; present: readonly string[] }) {
    const shown = p.present.slice(0, 8).map(quoteName).join(', ')
    const rest = p.present.length > 8 ? ` and ${p.present.length - 8} more` : ''
    super(`State dict has no tensor ${quoteName(p.tensor)}; it has ${shown === '' ? 'none' : shown}${rest}.`, {
      code: 'IMPORT_MISSING_TENSOR',
      suggestion: 'Rename the entries of the state dict to the names that the model expects.',
    })
    this.tensor = p.tensor
    this.present = p.present
  }
}

/** A tensor has another dtype than the model needs. */
export class TensorDtypeError extends OpmlError {
  override readonly name = 'TensorDtypeError'
  readonly tensor: string
  readonly expected: string
  readonly actual: string
  constructor(p: { tensor: string; expected: string; actual: string }) {
    super(`Tensor ${quoteName(p.tensor)}: expected dtype ${p.expected}, got ${p.actual}.`, {
      code: 'IMPORT_TENSOR_DTYPE',
      suggestion: `Convert the tensor to ${p.expected} before saving it.`,
    })
    this.tensor = p.tensor
    this.expected = p.expected
    this.actual = p.actual
  }
}

/** A tensor has another shape than the model needs. */
export class TensorShapeError extends OpmlError {
  override readonly name = 'TensorShapeError'
  readonly tensor: string
  readonly expected: readonly number[]
  readonly actual: readonly number[]
  constructor(p: { tensor: string; expected: readonly number[]; actual: readonly number[] }) {
    super(`Tensor ${quoteName(p.tensor)}: expected shape [${p.expected}], got [${p.actual.slice(0, 8)}].`, {
      code: 'IMPORT_TENSOR_SHAPE',
      suggestion: 'Use a state dict of the same architecture (weights are [outputs, inputs]).',
    })
    this.tensor = p.tensor
    this.expected = p.expected
    this.actual = p.actual
  }
}

/** A weight is an infinity or not a number. */
export class NonFiniteWeightError extends OpmlError {
  override readonly name = 'NonFiniteWeightError'
  readonly tensor: string
  readonly index: number
  readonly value: number
  constructor(p: { tensor: string; index: number; value: number }) {
    super(`Tensor ${quoteName(p.tensor)}: element ${p.index} is ${p.value}.`, {
      code: 'IMPORT_NON_FINITE_WEIGHT',
      suggestion: 'Train again from a checkpoint whose weights are finite.',
    })
    this.tensor = p.tensor
    this.index = p.index
    this.value = p.value
  }
}

/** A name from an untrusted file, quoted and cut to a printable length. */
function quoteName(name: string): string {
  const shown = JSON.stringify(name.slice(0, 80))
  return name.length > 80 ? `${shown}…` : shown
}

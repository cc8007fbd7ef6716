import { OpmlError } from '../../core/errors.ts'

/** Base of what the ONNX importer refuses. */
export class OnnxError extends OpmlError {
  override readonly name: string = 'OnnxError'
}

/** Bytes that are no ONNX model, or one that breaks the format. */
export class OnnxFormatError extends OnnxError {
  override readonly name = 'OnnxFormatError'
  /** Path inside the model, such as `graph.node[3].attribute[0]`. */
  readonly place: string

  constructor(p: { place: string; reason: string; cause?: unknown }) {
    super(`The ONNX model is not well formed at ${p.place}: ${p.reason}.`, {
      code: 'ONNX_FORMAT',
      suggestion: 'Check that the file is complete and passes the checker of the onnx package.',
      cause: p.cause,
    })
    this.place = p.place
  }
}

/** A model that is well formed but uses what the importer does not support; lists everything at once. */
export class OnnxUnsupportedError extends OnnxError {
  override readonly name = 'OnnxUnsupportedError'
  /** One line each: node, operator, reason. */
  readonly reasons: readonly string[]

  constructor(reasons: readonly string[]) {
    super(`The model uses what is not supported:\n${reasons.map((reason) => `  - ${reason}`).join('\n')}`, {
      code: 'ONNX_UNSUPPORTED',
      suggestion:
        'See docs/onnx-operators.md for what is supported; "--bind" fixes inputs that decide shapes or branches.',
    })
    this.reasons = reasons
  }
}

/** External data that is missing, outside its folder or too short. */
export class OnnxExternalDataError extends OnnxError {
  override readonly name = 'OnnxExternalDataError'

  constructor(p: { tensor: string; location: string; reason: string }) {
    super(`The data of "${p.tensor}" in "${p.location}" ${p.reason}.`, {
      code: 'ONNX_EXTERNAL_DATA',
      suggestion: 'Put the data files of the model beside it, under the names that the model gives.',
    })
  }
}

/** A choice of results that the model does not have, or a head that cannot be read. */
export class OnnxResultError extends OnnxError {
  override readonly name = 'OnnxResultError'
  /** Name of the result. */
  readonly result: string

  constructor(p: { result: string; reason: string }) {
    super(`The result "${p.result}" ${p.reason}.`, {
      code: 'ONNX_RESULT',
      suggestion: 'A result is an output of the model or another value of its graph, by its name.',
    })
    this.result = p.result
  }
}

import { OpmlError } from '../core/errors.ts'

/** A trace height outside spec/03 §4. */
export class TraceHeightError extends OpmlError {
  override readonly name = 'TraceHeightError'
  readonly level: 'coarse' | 'fine'
  readonly height: number
  readonly maxHeight: number

  constructor(p: { level: 'coarse' | 'fine'; height: number; minHeight: number; maxHeight: number }) {
    super(`The ${p.level} trace has height ${p.height}; it must be an integer from ${p.minHeight} to ${p.maxHeight}.`, {
      code: 'VM_TRACE_HEIGHT',
      suggestion: 'Take the heights from the registered model.',
    })
    this.level = p.level
    this.height = p.height
    this.maxHeight = p.maxHeight
  }
}

/** The image has bytes where the task's input belongs (spec/03 §4: the slot must be zero). */
export class InputSlotNotEmptyError extends OpmlError {
  override readonly name = 'InputSlotNotEmptyError'
  readonly address: number

  constructor(address: number) {
    super(`The image is not zero in its input slot at 0x${address.toString(16)}.`, {
      code: 'VM_INPUT_SLOT_NOT_EMPTY',
      suggestion: 'Link the program so that no segment with data reaches into the input slot.',
    })
    this.address = address
  }
}

/** A run has more strides before its halt than the trace may keep leaves for. */
export class TraceTooLongError extends OpmlError {
  override readonly name = 'TraceTooLongError'
  readonly maxCoarseLeaves: number
  readonly fineHeight: number

  constructor(p: { maxCoarseLeaves: number; fineHeight: number }) {
    super(`The run did not halt within ${p.maxCoarseLeaves} strides of 2^${p.fineHeight} instructions.`, {
      code: 'VM_TRACE_TOO_LONG',
      suggestion:
        'Register the model with a larger fine height, or raise maxCoarseLeaves (32 bytes a stride, three times over).',
    })
    this.maxCoarseLeaves = p.maxCoarseLeaves
    this.fineHeight = p.fineHeight
  }
}

/** Two executors reached different states from one: a bug in one of them. Nothing may be signed on such a trace. */
export class ExecutorMismatchError extends OpmlError {
  override readonly name = 'ExecutorMismatchError'
  readonly stride: number

  constructor(stride: number) {
    super(`The executor and the step function disagree on the state after coarse leaf ${stride}.`, {
      code: 'VM_EXECUTOR_MISMATCH',
      suggestion:
        'Stop and report this with the program and its input: "opml vm check" shows the first step that differs.',
    })
    this.stride = stride
  }
}

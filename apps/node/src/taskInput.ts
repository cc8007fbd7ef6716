import { bytesToHex, hexToBytes, slotCapacityBytes, slotRoot } from 'opml/core'
import { splitTensors, tensorListBytes } from 'opml/graph'
import { inputsTree } from 'opml/trace'
import type { TaskView } from 'opml/chain'
import type { Bytes32 } from 'opml/core'
import type { ContentStore } from './contentStore.ts'
import { ContentMissingError, TaskNotComputableError } from './errors.ts'
import type { KnownModel } from './modelLibrary.ts'

/** What the input of a task is looked for with. */
export interface InputSource {
  /** Where inputs are that are not on the chain; null: such tasks are left alone. */
  readonly store: ContentStore | null
  readonly signal?: AbortSignal
}

/**
 * The input bytes of a task, from the chain or a store, checked against the root that the chain has.
 *
 * @throws {TaskNotComputableError} when they are elsewhere and there is no store, or do not have that root.
 * @throws {ContentMissingError} {@link ContentStoreError} when the store may have them later.
 */
export async function taskInput(model: KnownModel, task: TaskView, source: InputSource): Promise<Uint8Array> {
  const bytes = task.inputElsewhere ? await storedInput(model, task, source) : postedInput(model, task)
  const { taskId } = task
  if (!isLengthRight(model, bytes.length))
    throw new TaskNotComputableError({ taskId, problem: 'its input does not fit the model' })
  const root = inputRootOf(model, bytes)
  if (root !== task.inputRoot) throw new TaskNotComputableError({ taskId, problem: `its input has the root ${root}` })
  return bytes
}

/** The root that a task's input of this model has (spec/03 §2, §8). The bytes must be as many as the model takes. */
export function inputRootOf(model: KnownModel, input: Uint8Array): Bytes32 {
  if (model.kind === 'machine') return bytesToHex(slotRoot(input, model.image.input.height))
  return bytesToHex(inputsTree(splitTensors(input, model.program.inputs)).root())
}

/** The most bytes that an input of the model has; of a tensor program every input has so many. */
export function maxInputBytes(model: KnownModel): number {
  return model.kind === 'machine' ? slotCapacityBytes(model.image.input.height) : tensorListBytes(model.program.inputs)
}

function isLengthRight(model: KnownModel, length: number): boolean {
  return model.kind === 'machine' ? length <= maxInputBytes(model) : length === maxInputBytes(model)
}

function postedInput(model: KnownModel, { taskId, input }: TaskView): Uint8Array {
  // Checked before the bytes are made: what an endpoint shows must not fill the memory.
  if (!isLengthRight(model, (input.length - 2) / 2))
    throw new TaskNotComputableError({ taskId, problem: 'its input does not fit the model' })
  try {
    return hexToBytes(input)
  } catch (cause) {
    throw new TaskNotComputableError({ taskId, problem: 'its input is no bytes', cause })
  }
}

async function storedInput(model: KnownModel, task: TaskView, { store, signal }: InputSource): Promise<Uint8Array> {
  const { taskId, inputRoot } = task
  if (store === null) throw new TaskNotComputableError({ taskId, problem: 'its input bytes are not on the chain' })
  const bytes = await store.get(inputRoot, { maxBytes: maxInputBytes(model), ...(signal && { signal }) })
  if (bytes === null) throw new ContentMissingError({ place: store.place, hash: inputRoot, what: 'input' })
  return bytes
}

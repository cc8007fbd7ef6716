import type { KnownModel } from '@opml/node'
import type { TaskView } from 'opml/chain'
import { hexToBytes } from 'opml/core'
import { splitTensors, tensorListBytes, tensorOver } from 'opml/graph'
import type { TensorData } from 'opml/graph'
import { tensorReport, tensorText } from './tensors/describeTensor.ts'
import type { TensorReport } from './tensors/describeTensor.ts'

/** Outputs of a task as tensors, for scripts and for people. */
export interface TaskOutputs {
  readonly json: readonly TensorReport[]
  readonly text: string
}

/** The final output of a task, or the posted one, as the tensors of its model; null where the model is no bundle, or nothing is there. */
export function taskOutputs(known: KnownModel | null, task: TaskView): TaskOutputs | null {
  const posted = task.output ?? task.posted?.output ?? '0x'
  if (known?.kind !== 'program' || known.modelId !== task.modelId) return null
  const { outputs } = known.program
  // What an endpoint shows need not be what a contract let in.
  if ((posted.length - 2) / 2 !== tensorListBytes(outputs)) return null
  const tensors = splitTensors(hexToBytes(posted), outputs).map((bytes, i) => tensorOf(bytes, outputs[i]))
  return {
    json: tensors.map(({ name, tensor }) => tensorReport(name, tensor)),
    text: tensors.map(({ name, tensor }) => tensorText(name, tensor)).join('\n'),
  }
}

function tensorOf(
  bytes: Uint8Array,
  type: { name: string; dtype: TensorData['dtype']; shape: readonly number[] } | undefined,
): { name: string; tensor: TensorData } {
  if (type === undefined) throw new RangeError('More tensors than outputs.')
  return { name: type.name, tensor: tensorOver(bytes, type) }
}

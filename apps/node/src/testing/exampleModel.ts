import { bytesToHex } from 'opml/core'
import { programModelId } from 'opml/graph'
import { OPERATOR_TABLE } from 'opml/ops'
import { exampleClaim } from 'opml/trace/example'
import { LATEST_GUEST, shippedGuestImage } from '../guestImages.ts'
import type { KnownProgramModel } from '../modelLibrary.ts'

/** The example program as a known model, with inputs: three sections, a halt in step 3 of 6, every kind of reference. */
export async function exampleModel(): Promise<{ model: KnownProgramModel; inputs: readonly Uint8Array[] }> {
  const guest = await shippedGuestImage(LATEST_GUEST)
  const { program, model, constants, constantRoots, inputs } = exampleClaim({ operators: OPERATOR_TABLE, guest })
  const modelId = bytesToHex(programModelId(model))
  return {
    model: { kind: 'program', path: 'example', modelId, program, model, constants, constantRoots, guest },
    inputs,
  }
}

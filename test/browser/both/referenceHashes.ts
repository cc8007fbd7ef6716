import { bytesToHex, concatBytes, keccak256 } from 'opml/core'
import { OPERATOR_TABLE, type Operator } from 'opml/ops'
import { drawSamples, referenceBytes } from '../../differential/samples/reference.ts'
import { SAMPLERS } from '../../differential/samples/samplers.ts'
import type { ReadFile } from './readFile.ts'

/** For each operator the hash of all that its reference gives for `count` samples. */
export async function referenceHashes(_read: ReadFile, count: number): Promise<Record<string, string>> {
  const hashes = Object.entries(SAMPLERS).map(([name, sampler]) => {
    const operator = OPERATOR_TABLE.named(name) as Operator
    const outputs = drawSamples(sampler, count).samples.map((sample) => referenceBytes(sample, operator))
    return [name, bytesToHex(keccak256(concatBytes(outputs)))]
  })
  return Object.fromEntries(hashes) as Record<string, string>
}

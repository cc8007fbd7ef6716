import type { Bytes32 } from 'opml/core'
import { UsageError } from './exitCodes.ts'

/** The task id of a command line, in lower case. @throws {UsageError} */
export function taskIdArgument(text: string): Bytes32 {
  if (!/^0x[0-9a-f]{64}$/i.test(text))
    throw new UsageError({ flag: 'The task', value: text, expected: 'a task id, 0x and 64 hexadecimal digits' })
  return text.toLowerCase() as Bytes32
}

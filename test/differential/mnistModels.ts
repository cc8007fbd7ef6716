import { parseSafetensors, readMnistF32, readMnistInt8 } from '../../packages/opml/src/importers/index.ts'
import { readRepositoryFile } from './guestProgram.ts'

/** The committed f32 network. */
export const mnistF32 = readMnistF32(parseSafetensors(readRepositoryFile('models/mnist-784-20-10.safetensors')))

/** The committed 8-bit network. */
export const mnistInt8 = readMnistInt8(parseSafetensors(readRepositoryFile('models/mnist-784-20-10-int8.safetensors')))

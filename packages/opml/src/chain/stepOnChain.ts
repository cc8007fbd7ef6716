import { type Bytes32, bytesToHex } from '../core/bytes.ts'
import { machineTransitionAbi } from './abi/machineTransition.gen.ts'
import { machineTransitionBytecode } from './bytecode/machineTransition.gen.ts'
import type { ChainConnection } from './connection.ts'
import type { MachineModel } from './machineModel.ts'

/**
 * Executes one step in the real contract on any chain, without a deployment or a transaction (`eth_call` with creation code).
 *
 * @param p.prestateHash - 32 bytes; @param p.witness - packed as spec/07 §1 says.
 * @returns the poststate hash.
 * @throws {RpcRequestError} when the contract refuses the witness.
 */
export async function stepOnChain(
  connection: ChainConnection,
  p: { model: MachineModel; prestateHash: Uint8Array; witness: Uint8Array },
): Promise<Bytes32> {
  return await connection.ask((client) =>
    client.readContract({
      abi: machineTransitionAbi,
      code: machineTransitionBytecode,
      functionName: 'step',
      args: [p.model, bytesToHex(p.prestateHash), bytesToHex(p.witness)],
    }),
  )
}

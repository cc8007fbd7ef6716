import { type Bytes32, bytesToHex, type Hex } from '../core/bytes.ts'
import { machineTransitionAbi } from './abi/machineTransition.gen.ts'
import type { ChainConnection } from './connection.ts'
import type { MachineModel } from './machineModel.ts'

/**
 * Executes one step in the deployed contract, without a transaction.
 *
 * @param p.transition - address of `MachineTransition`.
 * @param p.prestateHash - 32 bytes; @param p.witness - packed as spec/07 §1 says.
 * @returns the poststate hash.
 * @throws {RpcRequestError} when the contract refuses the witness.
 */
export async function stepOnChain(
  connection: ChainConnection,
  p: { transition: Hex; model: MachineModel; prestateHash: Uint8Array; witness: Uint8Array },
): Promise<Bytes32> {
  return await connection.ask((client) =>
    client.readContract({
      abi: machineTransitionAbi,
      address: p.transition,
      functionName: 'step',
      args: [p.model, bytesToHex(p.prestateHash), bytesToHex(p.witness)],
    }),
  )
}

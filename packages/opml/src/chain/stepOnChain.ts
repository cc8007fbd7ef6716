import { type Bytes32, bytesToHex, type Hex } from '../core/bytes.ts'
import { machineTransitionAbi } from './abi/machineTransition.gen.ts'
import type { ChainConnection } from './connection.ts'

/**
 * Executes one step in the deployed contract, without a transaction.
 *
 * @param p.machine - address of `MachineTransition`. @param p.codeRoot, p.codeEnd - what a step has to know of a program.
 * @param p.prestateHash - 32 bytes; @param p.witness - packed as spec/07 §1 says.
 * @returns the poststate hash.
 * @throws {RpcRequestError} when the contract refuses the witness.
 */
export async function stepOnChain(
  connection: ChainConnection,
  p: { machine: Hex; codeRoot: Bytes32; codeEnd: number; prestateHash: Uint8Array; witness: Uint8Array },
): Promise<Bytes32> {
  return await connection.ask((client) =>
    client.readContract({
      abi: machineTransitionAbi,
      address: p.machine,
      functionName: 'step',
      args: [p.codeRoot, p.codeEnd, bytesToHex(p.prestateHash), bytesToHex(p.witness)],
    }),
  )
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MachineModel} from "../types/Machine.sol";

/// @title What a game has to know about the referee machine
/// @notice A stateless contract: everything it answers follows from its arguments. Wrong proofs revert with the errors
/// of MerkleMemory and StateAccess.
interface IMachineTransition {
    /// @notice Hash of the state before the first instruction (spec/04-machine §6): the image with the input slot filled.
    /// @param model The machine program, registered.
    /// @param inputRoot Root of the task's input slot.
    /// @param slotSiblings Proof of the empty input slot in the image: 25 − inputHeight hashes, bottom up.
    function initialStateHash(MachineModel calldata model, bytes32 inputRoot, bytes32[] calldata slotSiblings)
        external
        pure
        returns (bytes32 stateHash);

    /// @notice Hash of a final state and the result it stands for: the output slot's root, or FAILED.
    /// @param model The machine program, registered.
    /// @param finalStateProof Packed proof (spec/07-encodings §2).
    function resultOf(MachineModel calldata model, bytes calldata finalStateProof)
        external
        pure
        returns (bytes32 stateHash, bytes32 result);

    /// @notice Hash of the state after one instruction. Reverts for a wrong witness only; every state has a next state.
    /// @param codeRoot Root of the code region; with `codeEnd` all that a step has to know of a program.
    /// @param codeEnd CODE_END in bytes.
    /// @param prestateHash Hash of the state before.
    /// @param witness Packed witness (spec/07-encodings §1).
    function step(bytes32 codeRoot, uint32 codeEnd, bytes32 prestateHash, bytes calldata witness)
        external
        pure
        returns (bytes32 poststateHash);

    /// @notice Root of the slot of `height` that holds `content` (spec/03-commitments §2).
    function slotRoot(bytes calldata content, uint8 height) external pure returns (bytes32 root);
}

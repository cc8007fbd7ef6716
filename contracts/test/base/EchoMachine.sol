// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MachineModel} from "../../src/types/Machine.sol";
import {SparseTree} from "./SparseTree.sol";
import {WitnessBuilder} from "./WitnessBuilder.sol";

/// @notice A real machine program of eight instructions that answers with the first four bytes of its input, at most:
/// it copies the length word and one word, and exits with code 0.
abstract contract EchoMachine is WitnessBuilder {
    using SparseTree for SparseTree.Tree;

    uint32 internal constant INPUT = 0x40000000;
    uint32 internal constant OUTPUT = 0x80000000;
    uint32 internal constant ENTRY = 0x100;
    uint32 internal constant ECHO_CODE_END = 0x180;

    /// @dev The image, then whatever the test writes.
    SparseTree.Tree internal memory_;

    /// @dev The image alone.
    SparseTree.Tree internal image_;

    /// @dev Read-only bytes before the code, the code at ENTRY in the third block, so that code proofs have siblings.
    function writeEchoImage() internal {
        uint32[8] memory code = [
            uint32(0x400002b7), // lui x5, 0x40000
            0x80000337, // lui x6, 0x80000
            0x0002a383, // lw x7, 0(x5)
            0x00732023, // sw x7, 0(x6)
            0x0042a383, // lw x7, 4(x5)
            0x00732223, // sw x7, 4(x6)
            0x05d00893, // addi x17, x0, 93
            0x00000073 // ecall
        ];
        bytes memory codeBlock = new bytes(128);
        for (uint256 i = 0; i < 8; ++i) {
            putWord(codeBlock, 4 * i, code[i]);
        }
        image_.write(ENTRY, codeBlock);
        image_.write(0, "read-only data");
        image_.write(0x200, "data");
        memory_.write(ENTRY, codeBlock);
        memory_.write(0, "read-only data");
        memory_.write(0x200, "data");
    }

    function echoModel() internal view returns (MachineModel memory model_) {
        return MachineModel({
            imageRoot: image_.node(25, 0),
            codeRoot: image_.node(2, 0),
            entry: ENTRY,
            codeEnd: ECHO_CODE_END,
            inputAddress: INPUT,
            inputHeight: 3,
            outputAddress: OUTPUT,
            outputHeight: 2,
            coarseHeight: 2,
            fineHeight: 2
        });
    }

    function inputSiblings() internal view returns (bytes32[] memory siblings_) {
        return image_.proof(3, (INPUT / 128) >> 3, 25);
    }

    function codeSiblings() internal view returns (bytes32[] memory siblings_) {
        return image_.proof(2, 0, 25);
    }

    /// @notice The witness of the step at `_registers` over the present memory; `_dataAddress` 0 means no access.
    function echoWitness(uint32[32] memory _registers, uint32 _dataAddress)
        internal
        view
        returns (bytes memory witness_)
    {
        uint256 codeBlock = _registers[0] / 128;
        witness_ = abi.encodePacked(
            packRegisters(_registers), memory_.node(25, 0), image_.blockAt(_registers[0]), image_.proof(0, codeBlock, 2)
        );
        if (_dataAddress != 0) {
            witness_ =
                abi.encodePacked(witness_, memory_.blockAt(_dataAddress), memory_.proof(0, _dataAddress / 128, 25));
        }
    }

    /// @notice The final state proof with the output slot (spec/07-encodings §2).
    function finalStateProof(uint32[32] memory _registers) internal view returns (bytes memory proof_) {
        uint256 slot = (OUTPUT / 128) >> 2;
        return abi.encodePacked(
            packRegisters(_registers),
            memory_.node(25, 0),
            memory_.node(2, slot),
            memory_.proof(2, slot, 25),
            memory_.blockAt(OUTPUT),
            memory_.proof(0, OUTPUT / 128, 2)
        );
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {StepHarness} from "../base/StepHarness.sol";
import {Test} from "../base/Test.sol";
import {Vm} from "../base/Vm.sol";

/// @notice Replays vectors/isa, the same files that the TypeScript machine replays.
contract RiscvStep_Vectors_Test is Test {
    /// @dev Field order is that of TYPE.
    struct Vector {
        string name;
        uint32 codeEnd;
        bytes32 codeRoot;
        bytes32 prestateHash;
        bytes witness;
        bytes32 poststateHash;
    }

    string private constant FOLDER = "../vectors/isa";
    string private constant TYPE =
        "Vector(string name,uint32 codeEnd,bytes32 codeRoot,bytes32 prestateHash,bytes witness,bytes32 poststateHash)";

    StepHarness private _harness;

    function setUp() external {
        _harness = new StepHarness();
    }

    /// @dev One external call a file keeps memory small.
    function replayFile(string memory _path) external view returns (uint256 numVectors_) {
        Vector[] memory vectors = read(_path);
        for (uint256 i = 0; i < vectors.length; ++i) {
            Vector memory v = vectors[i];
            bytes32 actual = _harness.step(v.prestateHash, v.witness, v.codeEnd, v.codeRoot);
            assertEq(actual, v.poststateHash, string.concat(_path, ": ", v.name));
        }
        return vectors.length;
    }

    /// @dev Changes each byte of one witness, cuts it at every length and adds a byte: nothing but the original passes.
    function tamperFile(string memory _path) external view {
        Vector[] memory vectors = read(_path);
        Vector memory v = vectors[longest(vectors)];
        for (uint256 i = 0; i < v.witness.length; ++i) {
            bytes1 original = v.witness[i];
            // A different change for every byte: one bit, walking through the eight.
            v.witness[i] = original ^ bytes1(uint8(1 << (i % 8)));
            assertRejected(v, v.witness, string.concat(_path, ": changed byte ", vm.toString(i)));
            v.witness[i] = original;
        }
        assertRejected(v, bytes.concat(v.witness, hex"00"), string.concat(_path, ": one byte more"));
        assertRejected(v, bytes.concat(v.witness, v.witness), string.concat(_path, ": twice"));
        bytes memory shorter = bytes.concat(v.witness);
        for (uint256 length = v.witness.length; length > 0; --length) {
            assembly ("memory-safe") {
                mstore(shorter, sub(length, 1))
            }
            assertRejected(v, shorter, string.concat(_path, ": cut at ", vm.toString(length - 1)));
        }
    }

    function rejectFile(string memory _path) external view returns (uint256 numVectors_) {
        Vector[] memory vectors = read(_path);
        for (uint256 i = 0; i < vectors.length; ++i) {
            assertRejected(vectors[i], vectors[i].witness, string.concat(_path, ": ", vectors[i].name));
        }
        return vectors.length;
    }

    function test_step_vectors_giveTheSameState() external view {
        string[] memory paths = files(FOLDER);
        uint256 numVectors = 0;
        for (uint256 i = 0; i < paths.length; ++i) {
            numVectors += this.replayFile(paths[i]);
        }
        // 48 instructions, traps, unknown encodings.
        assertGe(paths.length, 50, "files of vectors/isa");
        assertGe(numVectors, 48 * 20, "vectors of vectors/isa");
    }

    function test_step_tamperedVector_reverts() external view {
        string[] memory paths = files(FOLDER);
        for (uint256 i = 0; i < paths.length; ++i) {
            this.tamperFile(paths[i]);
        }
    }

    function test_step_rejectedVectors_revert() external view {
        string[] memory paths = files(string.concat(FOLDER, "/rejected"));
        uint256 numVectors = 0;
        for (uint256 i = 0; i < paths.length; ++i) {
            numVectors += this.rejectFile(paths[i]);
        }
        assertGt(numVectors, 0, "vectors of vectors/isa/rejected");
    }

    function assertRejected(Vector memory _v, bytes memory _witness, string memory _message) private view {
        try _harness.step(_v.prestateHash, _witness, _v.codeEnd, _v.codeRoot) {
            vm.assertTrue(false, _message);
        } catch {}
    }

    function longest(Vector[] memory _vectors) private pure returns (uint256 index_) {
        for (uint256 i = 1; i < _vectors.length; ++i) {
            if (_vectors[i].witness.length > _vectors[index_].witness.length) index_ = i;
        }
    }

    function read(string memory _path) private view returns (Vector[] memory vectors_) {
        bytes memory encoded = vm.parseJsonTypeArray(vm.readFile(_path), ".vectors", TYPE);
        return abi.decode(encoded, (Vector[]));
    }

    /// @dev The JSON files directly in a folder.
    function files(string memory _folder) private view returns (string[] memory paths_) {
        Vm.DirEntry[] memory entries = vm.readDir(_folder);
        uint256 count = 0;
        paths_ = new string[](entries.length);
        for (uint256 i = 0; i < entries.length; ++i) {
            if (!entries[i].isDir && isJson(entries[i].path)) paths_[count++] = entries[i].path;
        }
        assembly ("memory-safe") {
            mstore(paths_, count)
        }
    }

    function isJson(string memory _path) private pure returns (bool isJson_) {
        bytes memory path = bytes(_path);
        return path.length > 5 && path[path.length - 5] == "." && path[path.length - 4] == "j";
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleHarness} from "../base/MerkleHarness.sol";
import {Test} from "../base/Test.sol";

/// @notice Replays vectors/merkle, the same files that the TypeScript trees replay.
contract MerkleMemory_Vectors_Test is Test {
    struct Proof {
        string name;
        uint256 height;
        bytes32 node;
        uint256 position;
        bytes32 root;
        bytes32[] siblings;
    }

    struct Opening {
        string name;
        uint256 depth;
        bytes32[] descendants;
        bytes32 node;
    }

    struct Lift {
        string name;
        uint256 from;
        bytes32 lifted;
        bytes32 root;
        uint256 to;
    }

    struct Replacement {
        string name;
        uint256 height;
        bytes32 newNode;
        bytes32 newRoot;
        bytes32 oldNode;
        bytes32 oldRoot;
        uint256 position;
        bytes32[] siblings;
    }

    string private constant PROOF =
        "Proof(string name,uint256 height,bytes32 node,uint256 position,bytes32 root,bytes32[] siblings)";
    string private constant OPENING = "Opening(string name,uint256 depth,bytes32[] descendants,bytes32 node)";
    string private constant LIFT = "Lift(string name,uint256 from,bytes32 lifted,bytes32 root,uint256 to)";
    string private constant REPLACEMENT =
        "Replacement(string name,uint256 height,bytes32 newNode,bytes32 newRoot,bytes32 oldNode,bytes32 oldRoot,uint256 position,bytes32[] siblings)";

    MerkleHarness private _merkle;

    function setUp() external {
        _merkle = new MerkleHarness();
    }

    function test_zeroHash_vectors() external view {
        bytes32[] memory hashes = vm.parseJsonBytes32Array(file("zeroHashes"), ".zeroHashes");
        assertGt(hashes.length, 25);
        for (uint256 i = 0; i < hashes.length; ++i) {
            assertEq(_merkle.zeroHash(i), hashes[i], vm.toString(i));
        }
    }

    function test_slotRoot_vectors() external view {
        string memory json = file("slots");
        uint256 count = 0;
        for (string memory at = ".slots[0]"; vm.keyExistsJson(json, at); at = nth(".slots", ++count)) {
            // Field by field: `bytes` is a field here and cannot be one of a struct.
            bytes memory content = vm.parseJsonBytes(json, string.concat(at, ".bytes"));
            uint256 height = vm.parseJsonUint(json, string.concat(at, ".height"));
            bytes32 root = vm.parseJsonBytes32(json, string.concat(at, ".root"));
            assertEq(_merkle.slotRoot(content, height), root, at);
        }
        assertGt(count, 0);
    }

    function test_checkProof_vectors() external view {
        Proof[] memory proofs = abi.decode(vm.parseJsonTypeArray(file("proofs"), ".proofs", PROOF), (Proof[]));
        assertGt(proofs.length, 0);
        for (uint256 i = 0; i < proofs.length; ++i) {
            assertTrue(isAccepted(proofs[i]), proofs[i].name);
        }
    }

    function test_checkProof_rejectedVectors() external view {
        Proof[] memory proofs = abi.decode(vm.parseJsonTypeArray(file("rejectedProofs"), ".proofs", PROOF), (Proof[]));
        assertGt(proofs.length, 0);
        for (uint256 i = 0; i < proofs.length; ++i) {
            assertFalse(isAccepted(proofs[i]), proofs[i].name);
        }
    }

    function test_rootOfDescendants_vectors() external view {
        Opening[] memory openings =
            abi.decode(vm.parseJsonTypeArray(file("openings"), ".openings", OPENING), (Opening[]));
        assertGt(openings.length, 0);
        for (uint256 i = 0; i < openings.length; ++i) {
            assertEq(openings[i].descendants.length, 1 << openings[i].depth, openings[i].name);
            assertEq(_merkle.rootOfDescendants(openings[i].descendants), openings[i].node, openings[i].name);
        }
    }

    function test_lift_vectors() external view {
        Lift[] memory lifts = abi.decode(vm.parseJsonTypeArray(file("lifts"), ".lifts", LIFT), (Lift[]));
        assertGt(lifts.length, 0);
        for (uint256 i = 0; i < lifts.length; ++i) {
            assertEq(_merkle.lift(lifts[i].root, lifts[i].from, lifts[i].to), lifts[i].lifted, lifts[i].name);
        }
    }

    function test_replace_vectors() external view {
        Replacement[] memory all =
            abi.decode(vm.parseJsonTypeArray(file("replacements"), ".replacements", REPLACEMENT), (Replacement[]));
        assertGt(all.length, 0);
        for (uint256 i = 0; i < all.length; ++i) {
            Replacement memory r = all[i];
            bytes32 actual = _merkle.replace(r.oldRoot, r.oldNode, r.newNode, r.position, r.height, r.siblings);
            assertEq(actual, r.newRoot, r.name);
        }
    }

    function isAccepted(Proof memory _p) private view returns (bool isAccepted_) {
        try _merkle.checkProof(_p.root, _p.node, _p.position, _p.height, _p.siblings) {
            return true;
        } catch {
            return false;
        }
    }

    function nth(string memory _list, uint256 _index) private pure returns (string memory path_) {
        return string.concat(_list, "[", vm.toString(_index), "]");
    }

    function file(string memory _name) private view returns (string memory json_) {
        return vm.readFile(string.concat("../vectors/merkle/", _name, ".json"));
    }
}

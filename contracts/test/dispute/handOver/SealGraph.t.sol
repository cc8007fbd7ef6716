// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../../src/interfaces/ITournament.sol";
import {ToyMachine} from "../ToyMachine.sol";
import {ToyTree} from "../ToyTree.sol";
import {MatchHandOverTest} from "./HandOver.t.sol";

/// @notice From the graph to a block.
contract Tournament_HandOverSealGraph_Test is MatchHandOverTest {
    using ToyTree for bytes32[];

    bytes private _evidence;

    function setUp() external {
        setUpHandOver();
        _evidence = graphEvidence(_graphMatch, false);
    }

    function subject() internal view override returns (bytes32) {
        return _graphMatch;
    }

    function callWith(ITournament.MatchKey memory _key, bytes32 _leafA, bytes32 _leafB)
        internal
        view
        override
        returns (bytes memory)
    {
        return abi.encodeCall(ITournament.sealGraph, (_key, _leafA, _leafB, false, _evidence));
    }

    function sealWith(bool _inB, bytes memory _e) private view returns (bytes memory) {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_graphMatch);
        return abi.encodeCall(ITournament.sealGraph, (keyOf(_graphMatch), leafA, leafB, _inB, _e));
    }

    function test_audit_handOver_sealGraph_inB() external {
        refusedCall(ToyMachine.WrongWitness.selector, sealWith(true, _evidence));
    }

    function test_audit_handOver_sealGraph_evidence() external {
        bytes memory evidence = _evidence;
        for (uint256 i = 0; i < evidence.length; i += 32) {
            evidence[i] ^= 0x01;
            refusedCall(ToyMachine.WrongWitness.selector, sealWith(false, evidence));
            evidence[i] ^= 0x01;
        }
        taken(sealWith(false, evidence));
    }

    /// @dev Evidence about the leaf before, right in itself: the match's index decides what it must prove.
    function test_audit_handOver_sealGraph_index() external {
        bytes32[] memory nodes = _known[_pairs[_graphMatch].a].nodes;
        bytes memory evidence = abi.encodePacked(nodes.at(0, LEAF - 2), nodes.siblings(LEAF - 2, 3));
        refusedCall(ToyMachine.WrongWitness.selector, sealWith(false, evidence));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IReferee} from "../../../src/interfaces/IReferee.sol";
import {ITournament} from "../../../src/interfaces/ITournament.sol";
import {MerkleMemory} from "../../../src/libraries/MerkleMemory.sol";
import {GraphGame} from "../GraphGame.sol";
import {ToyMachine} from "../ToyMachine.sol";

/// @notice At the root of a program's dispute: what a join shows of its tree, field by field.
contract Tournament_HandOverJoinGraph_Test is GraphGame {
    ITournament.JoinData private _join;

    function setUp() external {
        setUpGraph(2);
        graphMatch();
        _join = joinOf(GRAPH, rootTree(addPlayer("third", liesFrom((2 << 4) + 1, 9))));
    }

    function refusedJoin(bytes4 _error, ITournament.JoinData memory _data) private {
        refusedFor(_error, bondOf(GRAPH), abi.encodeCall(ITournament.joinRoot, (_rootId, _data)));
    }

    function test_audit_handOver_joinGraph_unchanged_isTaken() external {
        uint256 bond = bondOf(GRAPH);
        vm.prank(account(HONEST), account(HONEST));
        _game.joinRoot{value: bond}(_rootId, _join);
        assertEq(_game.tournament(_rootId).numClaims, 3);
    }

    function test_audit_handOver_joinGraph_root() external {
        ITournament.JoinData memory data = _join;
        data.root = other(data.root);
        refusedJoin(ToyMachine.WrongWitness.selector, data);
    }

    function test_audit_handOver_joinGraph_opened() external {
        ITournament.JoinData memory data = _join;
        for (uint256 i = 0; i < data.opened.length; ++i) {
            data.opened[i] = other(data.opened[i]);
            refusedJoin(ITournament.OpeningMismatch.selector, data);
            data.opened[i] = other(data.opened[i]);
        }
    }

    function test_audit_handOver_joinGraph_lastLeaf() external {
        ITournament.JoinData memory data = _join;
        data.lastLeaf = bytes32(uint256(1));
        refusedJoin(IReferee.LastLeafUnexpected.selector, data);
        data.lastLeaf = 0;
        data.lastLeafSiblings = new bytes32[](1);
        refusedJoin(MerkleMemory.ProofLengthMismatch.selector, data);
    }

    function test_audit_handOver_joinGraph_evidence() external {
        ITournament.JoinData memory data = _join;
        for (uint256 i = 0; i < data.evidence.length; i += 32) {
            data.evidence[i] ^= 0x01;
            refusedJoin(ToyMachine.WrongWitness.selector, data);
            data.evidence[i] ^= 0x01;
        }
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IReferee} from "../../src/interfaces/IReferee.sol";
import {ITournament} from "../../src/interfaces/ITournament.sol";
import {GraphGame} from "./GraphGame.sol";
import {ToyTree} from "./ToyTree.sol";

/// @notice Whole disputes about tensor programs: nodes, states of the machine, single instructions.
contract Tournament_Graph_Test is GraphGame {
    using ToyTree for bytes32[];

    function setUp() external {
        setUpGraph(2);
    }

    function test_story_blockThenInstruction_honestWins() external {
        bytes32 graph = graphMatch();
        assertEq(_game.matchOf(graph).index, LEAF);
        bytes32 derived = keccak256(abi.encode("block", LEAF, _players[HONEST].leaves[LEAF - 1]));
        (bytes32 leafA, bytes32 leafB) = leavesOf(graph);
        bytes memory call_ = callSealGraph(graph, false);
        vm.expectEmit(address(_game));
        emit ITournament.InnerOpened(graph, innerIdOf(graph, derived), derived, leafA, leafB);
        vm.recordLogs();
        sendOnce(call_);
        digest();
        ITournament.TournamentView memory t = _game.tournament(innerOf(graph));
        assertEq(t.kind, BLOCK);
        assertEq(t.height, 2);
        assertEq(prevStateOf(innerOf(graph)), derived, "the state that the contract derived");
        joinInner(graph, _liar);
        joinInner(graph, HONEST);
        bytes32 blockMatch = lastMatch();
        descend(blockMatch);
        assertEq(_game.matchOf(blockMatch).index, STATE);
        bytes32 fine = matchBelow(blockMatch);
        assertEq(_game.matchOf(fine).index, INSTRUCTION);
        t = _game.tournament(innerOf(blockMatch));
        assertEq(t.kind, FINE);
        assertEq(prevStateOf(innerOf(blockMatch)), _players[HONEST].states[(((LEAF << 2) + STATE) << 2) - 1]);
        seal(fine);
        assertEq(_game.matchOf(fine).phase, 5);
        closeWindow(innerOf(blockMatch));
        finishInner(blockMatch);
        closeWindow(innerOf(graph));
        finishInner(graph);
        closeWindow(_rootId);
        finishRoot();
        assertWinner(HONEST);
        assertNotPoorer(HONEST);
        emptyAll();
    }

    function sendOnce(bytes memory _call) private {
        vm.prank(account(HONEST), account(HONEST));
        (bool success,) = address(_game).call(_call);
        assertTrue(success, "seal refused");
    }

    /// @dev A lie at each leaf: rules and machines, first and last, both orders of joining; the leaf that decides is the lie's.
    function test_story_aLieAtAnyLeaf_isLocated() external {
        for (uint256 leaf = 0; leaf < 8; ++leaf) {
            for (uint256 order = 0; order < 2; ++order) {
                uint256 snapshot = vm.snapshotState();
                uint256 liar = addPlayer("any liar", liesFrom((leaf << 4) + (leaf * 5) % 16, leaf + 7));
                open(order == 0 ? liar : HONEST);
                join(order == 0 ? HONEST : liar);
                bytes32 graph = lastMatch();
                playMatch(graph);
                assertEq(_game.matchOf(graph).index, leaf);
                closeWindow(_rootId);
                finishRoot();
                assertWinner(HONEST);
                assertNotPoorer(HONEST);
                emptyAll();
                vm.revertToState(snapshot);
            }
        }
    }

    function test_sealGraph_byRule_endsTheMatch() external {
        uint256 liar = addPlayer("rule liar", liesFrom((3 << 4) + 2, 2));
        open(liar);
        skip(50);
        bytes32 honest = join(HONEST);
        bytes32 graph = lastMatch();
        descend(graph);
        skip(7);
        bytes32 answer = keccak256(abi.encode("rule", uint256(3), _players[HONEST].leaves[2]));
        assertEq(answer, _players[HONEST].leaves[3]);
        bytes memory call_ = callSealGraph(graph, true);
        vm.expectEmit(address(_game));
        emit ITournament.Judged(graph, answer);
        vm.expectEmit(address(_game));
        emit ITournament.MatchEnded(graph, honest, ITournament.MatchEnd.Rule);
        sendOnce(call_);
        assertEq(_game.matchOf(graph).phase, 5);
        assertEq(_game.tournament(innerOf(graph)).windowEnd, 0, "nothing opened below");
        assertTrue(_game.claim(honest).status == ITournament.ClaimStatus.Live);
        assertEq(_game.claim(honest).clock, 900 - 50 + 120 - 7, "join late, a fresh allowance, the seal's wait");
        assertEq(_game.claim(honest).bondWei, bondOf(GRAPH), "refilled");
        closeWindow(_rootId);
        finishRoot();
        assertWinner(HONEST);
        emptyAll();
    }

    function test_sealGraph_byRule_bothWrong_bothLose() external {
        uint256 one = addPlayer("one", liesFrom((3 << 4) + 2, 2));
        uint256 two = addPlayer("two", liesFrom((3 << 4) + 9, 3));
        // Two lies about one rule's leaf are one leaf here: the second lies about the leaf's value in its own way.
        _players[two].leaves[3] = "another lie";
        bytes32 a = open(one);
        bytes32 b = join(two);
        bytes32 graph = lastMatch();
        descend(graph);
        seal(graph);
        assertTrue(_game.claim(a).status == ITournament.ClaimStatus.Dead);
        assertTrue(_game.claim(b).status == ITournament.ClaimStatus.Dead);
        closeWindow(_rootId);
        finishRoot();
        assertEq(_game.outcomeOf(_rootId).winner, address(0));
        emptyAll();
    }

    /// @dev The agreed part is the same in both trees, so it does not matter whose is named.
    function test_sealGraph_inEitherTree_derivesTheSame() external {
        bytes32 graph = graphMatch();
        uint256 snapshot = vm.snapshotState();
        seal(graph, false, account(_liar));
        bytes32 prev = prevStateOf(innerOf(graph));
        vm.revertToState(snapshot);
        seal(graph, true, account(HONEST));
        assertEq(prevStateOf(innerOf(graph)), prev);
    }

    /// @dev An inner game that nobody joins: both claims above lose, on whatever height of the pile.
    function test_finishInner_blockWithoutClaims_bothLose() external {
        bytes32 graph = graphMatch();
        seal(graph);
        closeWindow(innerOf(graph));
        finishInner(graph);
        assertTrue(_game.claim(_pairs[graph].a).status == ITournament.ClaimStatus.Dead);
        assertTrue(_game.claim(_pairs[graph].b).status == ITournament.ClaimStatus.Dead);
        assertEq(_game.tournament(innerOf(graph)).potWei, 0);
    }

    /// @dev The pot of an inner game goes one tournament up, and no further.
    function test_finishInner_pot_goesToTheParent() external {
        bytes32 graph = graphMatch();
        bytes32 blockMatch = matchBelow(graph);
        bytes32 fine = matchBelow(blockMatch);
        seal(fine);
        closeWindow(innerOf(blockMatch));
        uint256 rootPot = _game.tournament(_rootId).potWei;
        finishInner(blockMatch);
        assertGt(_game.tournament(innerOf(graph)).potWei, 0);
        assertEq(_game.tournament(_rootId).potWei, rootPot);
        closeWindow(innerOf(graph));
        finishInner(graph);
        assertEq(_game.tournament(innerOf(graph)).potWei, 0);
        assertGt(_game.tournament(_rootId).potWei, rootPot);
    }

    /// @dev Worked by hand from the table of spec/06 §10: 30 words, 6 above 24.
    function test_bondWei_ofGraphAndBlock() external view {
        uint256 graphGas = 300_000 + 210_000 + 90_000 + 280_000 + 190_000 + 3 * 6 * 1_300 + 210_000 + 28 * 700 + 190_000;
        assertEq(bondOf(GRAPH), graphGas * 200 gwei);
        uint256 blockGas = 210_000 + 210_000 + 90_000 + 250_000 + 190_000 + 210_000 + 190_000;
        assertEq(bondOf(BLOCK), blockGas * 200 gwei);
    }

    function test_bondWei_ofAKindThatIsNotPlayed_reverts() external {
        vm.expectRevert(abi.encodeWithSelector(IReferee.KindNotPlayed.selector, MODEL, COARSE));
        _game.bondWei(MODEL, COARSE);
        _registry.add("machine", 5, 0, 3);
        vm.expectRevert(abi.encodeWithSelector(IReferee.KindNotPlayed.selector, bytes32("machine"), FINE));
        _game.bondWei("machine", FINE);
        vm.expectRevert(abi.encodeWithSelector(IReferee.KindNotPlayed.selector, bytes32("machine"), GRAPH));
        _game.bondWei("machine", GRAPH);
        vm.expectRevert(abi.encodeWithSelector(IReferee.KindNotPlayed.selector, bytes32("machine"), BLOCK));
        _game.bondWei("machine", BLOCK);
    }

    function test_seal_ofAnotherKind_reverts() external {
        bytes32 graph = graphMatch();
        (bytes32 leafA, bytes32 leafB) = leavesOf(graph);
        ITournament.AgreedState memory prev;
        prev.siblings = new bytes32[](3);
        bytes memory coarse = abi.encodeCall(ITournament.sealCoarse, (keyOf(graph), leafA, leafB, originOf(graph), prev));
        refused(ITournament.WrongSeal.selector, coarse);
        bytes memory fine = abi.encodeCall(ITournament.sealFine, (keyOf(graph), leafA, leafB, originOf(graph), prev, ""));
        refused(ITournament.WrongSeal.selector, fine);
        bytes32 blockMatch = matchBelow(graph);
        refused(ITournament.WrongKind.selector, callSealGraph(blockMatch, false));
        refused(ITournament.WrongSeal.selector, callSealFine(blockMatch, "state"));
    }

    function test_sealGraph_expired_reverts() external {
        bytes32 graph = graphMatch();
        skip(1020);
        refused(ITournament.ClockExpired.selector, callSealGraph(graph, false));
    }

    function test_sealGraph_twice_reverts() external {
        bytes32 graph = graphMatch();
        bytes memory call_ = callSealGraph(graph, false);
        seal(graph);
        refused(ITournament.WrongPhase.selector, call_);
    }

    /// @dev The clocks of both stand still while the game below is played, the time until the seal is charged to both.
    function test_sealGraph_chargesBothClocks() external {
        bytes32 graph = graphMatch();
        ITournament.MatchView memory m = _game.matchOf(graph);
        skip(31);
        seal(graph);
        ITournament.MatchView memory sealed_ = _game.matchOf(graph);
        assertEq(sealed_.clockA, m.clockA - 31);
        assertEq(sealed_.clockB, m.clockB - 31);
        assertEq(sealed_.phase, 4);
        skip(400);
        assertEq(_game.matchOf(graph).clockA, m.clockA - 31);
    }
}

/// @notice A tensor program without a fine tree: the machine's states are one instruction apart.
contract Tournament_GraphWithoutFine_Test is GraphGame {
    function setUp() external {
        setUpGraph(0);
    }

    function test_story_blockDecidedByOneInstruction() external {
        bytes32 graph = graphMatch();
        bytes32 blockMatch = matchBelow(graph);
        assertEq(_game.matchOf(blockMatch).index, STATE);
        (bytes32 leafA, bytes32 leafB) = leavesOf(blockMatch);
        ITournament.AgreedState memory prev = agreedState(blockMatch, false);
        bytes memory coarse = abi.encodeCall(ITournament.sealCoarse, (keyOf(blockMatch), leafA, leafB, originOf(blockMatch), prev));
        refused(ITournament.WrongSeal.selector, coarse);
        seal(blockMatch);
        assertEq(_game.matchOf(blockMatch).phase, 5);
        closeWindow(innerOf(graph));
        finishInner(graph);
        closeWindow(_rootId);
        finishRoot();
        assertWinner(HONEST);
        assertNotPoorer(HONEST);
        emptyAll();
    }

    /// @dev Before leaf 0 of a block stands the state that the contract derived.
    function test_story_firstInstructionOfABlock() external {
        uint256 liar = addPlayer("first", liesFrom(LEAF << 2, 5));
        open(liar);
        join(HONEST);
        bytes32 graph = lastMatch();
        playMatch(graph);
        assertTrue(_game.claim(_pairs[graph].b).status == ITournament.ClaimStatus.Live);
        closeWindow(_rootId);
        finishRoot();
        assertWinner(HONEST);
        emptyAll();
    }
}

/// @notice A machine program without a fine tree: one phase.
contract Tournament_OnePhase_Test is GraphGame {
    function setUp() external {
        setUpGame(5, 0);
        _liar = addPlayer("liar", liesFrom(19, 1));
    }

    function test_story_onePhase() external {
        bytes32 root = graphMatch();
        assertEq(_game.matchOf(root).index, 19);
        (bytes32 leafA, bytes32 leafB) = leavesOf(root);
        ITournament.AgreedState memory prev = agreedState(root, false);
        bytes memory coarse = abi.encodeCall(ITournament.sealCoarse, (keyOf(root), leafA, leafB, originOf(root), prev));
        refused(ITournament.WrongSeal.selector, coarse);
        seal(root);
        closeWindow(_rootId);
        finishRoot();
        assertWinner(HONEST);
        assertNotPoorer(HONEST);
        emptyAll();
    }

    /// @dev The first instruction follows the state that the model and the task give.
    function test_story_onePhase_firstInstruction() external {
        uint256 liar = addPlayer("first", liesFrom(0, 2));
        open(liar);
        join(HONEST);
        playMatch(lastMatch());
        closeWindow(_rootId);
        finishRoot();
        assertWinner(HONEST);
        emptyAll();
    }
}

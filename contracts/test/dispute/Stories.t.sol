// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";
import {GameTest} from "./GameTest.sol";
import {ToyTree} from "./ToyTree.sol";

/// @notice Attacks, each told to its end: the honest result wins, the honest player keeps its money, the funds add up,
/// nothing stays in the contract.
contract Tournament_Stories_Test is GameTest {
    using ToyTree for bytes32[];

    uint256 private _liar;

    function setUp() external {
        setUpGame(5, 4);
        _liar = addPlayer("liar", liesFrom(300, 1));
    }

    function end() private {
        closeWindow(_rootId);
        finishRoot();
        assertWinner(HONEST);
        assertNotPoorer(HONEST);
        emptyAll();
    }

    function test_story_oneLiar_losesItsBond() external {
        open(_liar);
        join(HONEST);
        playMatch(lastMatch());
        end();
        assertTrue(gainOf(HONEST) > int256(_refundedWei[account(HONEST)]), "the winner takes the pot");
        assertTrue(gainOf(_liar) < 0);
    }

    /// @dev The liar opened and the honest one has to move first: the other order of the same game.
    function test_story_honestOpens_liarJoins() external {
        open(HONEST);
        join(_liar);
        playMatch(lastMatch());
        end();
    }

    /// @dev A liar that is wrong from the first step: the contract derives the state before it at both levels.
    function test_story_wrongFirstStep() external {
        uint256 early = addPlayer("early", liesFrom(0, 3));
        open(early);
        join(HONEST);
        bytes32 m = lastMatch();
        playMatch(m);
        assertEq(_game.matchOf(m).index, 0);
        assertEq(prevStateOf(innerOf(m)), startState());
        end();
    }

    function test_story_wrongLastStep() external {
        uint256 late = addPlayer("late", liesFrom(511, 3));
        open(late);
        join(HONEST);
        playMatch(lastMatch());
        end();
    }

    /// @dev The same result with false insides is fought too, and loses.
    function test_story_sameResultDifferentInsides() external {
        uint256 sneaky = addPlayer("sneaky", liesBetween(100, 200, 4));
        open(_liar);
        join(sneaky);
        join(HONEST);
        bytes32 m = lastMatch();
        playMatch(m);
        playMatch(lastMatch());
        end();
    }

    /// @dev sybilLosesOnPurpose: the attacker opens the dispute against its own lie and lets a second claim beat the first
    /// by standing still. Whoever is left still has to beat the honest claim.
    function test_sybilLosesOnPurpose() external {
        uint256 sybil = addPlayer("sybil", liesFrom(40, 7));
        open(sybil);
        join(_liar);
        bytes32 staged = lastMatch();
        join(HONEST);
        skip(1100);
        timeout(staged);
        bytes32 m = lastMatch();
        assertTrue(m != staged, "the survivor meets the honest claim at once");
        playMatch(m);
        end();
        // Together they lost the bonds they put in, whatever was refunded.
        int256 lost = gainOf(sybil) + gainOf(_liar);
        assertTrue(lost < -int256(bondOf(0)), "recycled bonds");
    }

    /// @dev refundRecycling: two sybils play each other to the bottom, refunds and all; only gas comes back.
    function test_refundRecyclingBySybil() external {
        uint256 sybil = addPlayer("sybil", liesFrom(40, 7));
        open(sybil);
        join(_liar);
        bytes32 staged = lastMatch();
        join(HONEST);
        playMatch(staged);
        playMatch(lastMatch());
        end();
        int256 gas = int256(_refundedWei[account(sybil)] + _refundedWei[account(_liar)]);
        int256 gain = gainOf(sybil) + gainOf(_liar) - gas;
        assertTrue(gain <= -int256(bondOf(0)), "more than gas came back");
    }

    /// @dev skipsToALaterDifference: a move past the first difference needs two left siblings where one is given.
    function test_skipsToALaterDifference_reverts() external {
        open(_liar);
        join(HONEST);
        bytes32 m = lastMatch();
        move(m);
        // B to move at height 4; the trees differ from child 2 of 16 on (leaf 18).
        (bytes32[] memory x, bytes32[] memory y) = (coarseTree(HONEST), coarseTree(_liar));
        assertEq(x.firstDifference(y, 4, 1), 2);
        for (uint256 child = 3; child < 16; ++child) {
            // A left sibling on the way that differs fits one tree only; where all agree the child itself is right of one
            // that differs, and the shared sibling above it does not.
            refused(ITournament.PairMismatch.selector, callMove(m, x, y, child));
            refused(ITournament.PairMismatch.selector, callMoveWithPath(m, x, y, child));
        }
        move(m);
    }

    /// @dev The same move with the opponent's left siblings instead of the mover's.
    function callMoveWithPath(bytes32 _matchId, bytes32[] memory _x, bytes32[] memory _y, uint256 _child)
        private
        pure
        returns (bytes memory)
    {
        bytes32[] memory path = _x.path(_y, 4, 1, _child);
        bytes32[] memory other = _y.path(_x, 4, 1, _child);
        uint256 word;
        for (uint256 j = 0; j < 4; ++j) {
            bool isRight = (_child >> j) & 1 == 1;
            if (isRight) path[word] = other[word];
            word += isRight ? 1 : 2;
        }
        return abi.encodeCall(
            ITournament.move, (_matchId, _child, _y.at(0, 16 + _child), path, _x.opened(0, 16 + _child))
        );
    }

    /// @dev staller: uses its whole clock, a second at a time from the end; the game stays within its bound.
    function test_staller_lastSeconds_losesInTime() external {
        open(_liar);
        join(HONEST);
        uint256 begin = vm.getBlockTimestamp();
        bytes32 m = lastMatch();
        skip(1019);
        move(m);
        move(m);
        seal(m);
        joinInner(m, HONEST);
        skip(900);
        joinInner(m, _liar);
        bytes32 fine = lastMatch();
        move(fine);
        seal(fine);
        closeWindow(innerOf(m));
        finishInner(m);
        end();
        // T = window + ceil(log2 2) · (2 · cap + T(inner)), T(inner) = window + 2 · cap at most.
        uint256 cap = 1020;
        assertLe(vm.getBlockTimestamp() - begin, 600 + (2 * cap + (cap + 2 * (cap + 120))));
    }

    function test_challengerSilent_losesByTime() external {
        open(_liar);
        join(HONEST);
        skip(1020);
        timeout(lastMatch());
        end();
    }

    /// @dev The liar seals and then never joins below: the honest claim stands alone there.
    function test_liarSilentBelow_loses() external {
        open(_liar);
        join(HONEST);
        bytes32 m = lastMatch();
        descend(m);
        seal(m);
        joinInner(m, HONEST);
        closeWindow(innerOf(m));
        finishInner(m);
        assertEq(receivedOf(account(HONEST)), bondOf(1), "the losing parent claim pays for the join below");
        end();
    }

    /// @dev Sybils join below on both sides with other insides; the honest claim beats them one after another.
    function test_sybilsBelow_onBothSides() external {
        open(_liar);
        join(HONEST);
        bytes32 m = lastMatch();
        descend(m);
        seal(m);
        uint256 index = _game.matchOf(m).index;
        for (uint256 i = 0; i < 6; ++i) {
            uint256 sybil = addPlayer(vm.toString(i), liesFrom(5, i));
            bytes32[] memory leaves = new bytes32[](16);
            for (uint256 k = 0; k < 15; ++k) leaves[k] = keccak256(abi.encode(i, k));
            leaves[15] = _players[i % 2 == 0 ? HONEST : _liar].states[index * 16 + 15];
            joinInnerWith(m, sybil, leaves.build());
            if (i == 2) joinInner(m, HONEST);
        }
        joinInner(m, _liar);
        playAllBelow(m);
        closeWindow(innerOf(m));
        finishInner(m);
        end();
    }

    function playAllBelow(bytes32 _matchId) private {
        for (uint256 i = 0; i < _matchIds.length; ++i) {
            bytes32 id = _matchIds[i];
            if (_pairs[id].tournamentId == innerOf(_matchId) && _game.matchOf(id).phase < 4) playFine(id);
        }
    }

    /// @dev 16 claims, one of them honest.
    function test_sixteenClaims_honestWins() external {
        open(_liar);
        for (uint256 i = 0; i < 7; ++i) join(addPlayer(vm.toString(i), liesFrom(30 * i + 1, i)));
        join(HONEST);
        for (uint256 i = 7; i < 14; ++i) join(addPlayer(vm.toString(i), liesFrom(30 * i + 1, i)));
        uint256 begin = vm.getBlockTimestamp();
        uint256 rounds;
        while (playRound()) ++rounds;
        assertEq(rounds, 4, "log2 of the number of claims");
        // One match time of this level: window and two caps below, two caps here.
        uint256 matchTime = 2 * 1020 + (1020 + 2 * 1140);
        assertLe(vm.getBlockTimestamp() - begin, 600 + 4 * matchTime);
        end();
    }

    /// @dev A stranger plays every action for the honest claim and is paid for each.
    function test_strangerPlaysForTheHonestClaim() external {
        open(_liar);
        join(HONEST);
        _known[_pairs[lastMatch()].b].owner = account(addPlayer("stranger", honestStates()));
        playMatch(lastMatch());
        assertGt(_refundedWei[_accounts[2]], 0);
        end();
    }

    /// @dev At a base fee above the price cap refunds are capped, so a bond always covers its match.
    function test_feeSpike_refundsAreCapped_bondsSuffice() external {
        vm.fee(10_000 gwei);
        vm.txGasPrice(10_000 gwei);
        open(_liar);
        join(HONEST);
        bytes32 m = lastMatch();
        playMatch(m);
        assertEq(_game.claim(_pairs[m].b).bondWei, bondOf(0), "refilled even at the cap");
        assertEq(receivedOf(account(HONEST)), bondOf(1));
        end();
    }

    /// @dev Before leaf 0 of a fine tree nobody reads siblings: those that are sent all the same are not refunded.
    function test_sealFine_siblingsThatAreNotRead_areNotRefunded() external {
        open(addPlayer("liar at leaf 0", liesFrom(304, 9)));
        join(HONEST);
        bytes32 parent = lastMatch();
        descend(parent);
        seal(parent);
        joinInner(parent, _players.length - 1);
        joinInner(parent, HONEST);
        descend(lastMatch());
        uint256 before = vm.snapshotState();
        uint256 plainWei = refundOfSeal(lastMatch(), 0);
        assertGt(plainWei, 0);
        assertTrue(vm.revertToState(before));
        assertEq(refundOfSeal(lastMatch(), 200), plainWei);
    }

    function refundOfSeal(bytes32 _matchId, uint256 _numSiblings) private returns (uint256 refundWei_) {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_matchId);
        ITournament.AgreedState memory prev = agreedState(_matchId, false);
        prev.siblings = new bytes32[](_numSiblings);
        ITournament.MatchKey memory key = keyOf(_matchId);
        ITournament.Origin memory origin = originOf(_matchId);
        uint256 before = account(HONEST).balance;
        vm.prank(account(HONEST), account(HONEST));
        _game.sealFine(key, leafA, leafB, origin, prev, abi.encode(prev.stateHash));
        refundWei_ = account(HONEST).balance - before;
    }

    /// @dev At any step where a liar leaves the truth, and either order of joining, the honest claim wins.
    function testFuzz_anyDifference_honestWins(uint256 _step, uint256 _to, bool _honestFirst) external {
        _step = bound(_step, 0, 511);
        _to = bound(_to, _step + 1, 512);
        bytes32[] memory states = _to == 512 ? liesFrom(_step, _to) : liesBetween(_step, _to, _to);
        uint256 other = addPlayer("other", states);
        if (keccak256(abi.encode(coarseTree(other))) == keccak256(abi.encode(coarseTree(HONEST)))) return;
        open(_honestFirst ? HONEST : other);
        join(_honestFirst ? other : HONEST);
        playMatch(lastMatch());
        end();
    }

    // Other heights: trees whose height is no multiple of 4, and trees of one leaf

    function playAt(uint8 _coarseHeight, uint8 _fineHeight, uint256 _step) private {
        delete _players;
        delete _accounts;
        setUpGame(_coarseHeight, _fineHeight);
        uint256 liar = addPlayer("liar", liesFrom(_step, 1));
        open(liar);
        join(HONEST);
        playMatch(lastMatch());
        end();
    }

    function testFuzz_heights_4_0(uint256 _step) external {
        playAt(4, 0, _step % 16);
    }

    function testFuzz_heights_0_4(uint256 _step) external {
        playAt(0, 4, _step % 16);
    }

    function testFuzz_heights_1_3(uint256 _step) external {
        playAt(1, 3, _step % 16);
    }

    function testFuzz_heights_3_2(uint256 _step) external {
        playAt(3, 2, _step % 32);
    }

    function testFuzz_heights_2_5(uint256 _step) external {
        playAt(2, 5, _step % 128);
    }

    function test_heights_0_0() external {
        playAt(0, 0, 0);
    }
}

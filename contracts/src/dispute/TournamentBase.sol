// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IReferee} from "../interfaces/IReferee.sol";
import {ITournament} from "../interfaces/ITournament.sol";
import {Bond} from "../libraries/Bond.sol";
import {Claim, ClaimState, ClaimWord} from "../libraries/Claim.sol";
import {Commitment} from "../libraries/Commitment.sol";
import {Game, GameState, GameWord} from "../libraries/Game.sol";
import {Match, MatchState, MatchWord} from "../libraries/Match.sol";
import {MerkleMemory} from "../libraries/MerkleMemory.sol";

/// @title Storage, names and money of the game
/// @notice Everything that more than one action of `Tournament` needs.
/// @dev Reentrancy: the referee is called with staticcall; the only other call goes to a payee, with little
/// gas, after every effect of the action but a credit, which adds to a fresh read.
abstract contract TournamentBase is ITournament {
    /// @dev One tournament. `modelId` and `inputRoot` of a root tournament alone: the id of an inner one says what it is about. A
    /// finished root keeps its result in `inputRoot`.
    struct GameSlots {
        GameWord word;
        bytes32 freeClaim;
        bytes32 modelId;
        bytes32 inputRoot;
    }

    /// @dev One match: the hash of the two nodes in dispute (zero before the first move: the claims' roots), and its word.
    struct MatchSlots {
        bytes32 pairHash;
        MatchWord word;
    }

    /// @dev A match that is named in a call, with what lies in storage about it.
    struct OpenMatch {
        bytes32 matchId;
        bytes32 claimIdA;
        bytes32 claimIdB;
        MatchState state;
    }

    /// @dev The transactions that one match can ask of one party, a few seconds each (spec/07 §3).
    uint256 private constant MIN_ALLOWANCE = 60;

    // Gas that an action cannot measure itself, calibrated against whole transactions (test/dispute/RealGas.t.sol).
    /// @dev Before the first line of an action: the jump to it and the decoding of its arguments.
    uint256 internal constant ENTRY_GAS = 600;
    /// @dev Writes a word that was read before in the same transaction.
    uint256 internal constant REWRITE_GAS = 2_900;
    /// @dev Writes a word that was zero and was read before.
    uint256 internal constant FIRST_WRITE_GAS = 20_000;
    /// @dev Packs the words that follow.
    uint256 internal constant PACK_GAS = 700;
    uint256 internal constant PACK_MATCH_GAS = 300;
    /// @dev The refund itself: a call with value, its event, the end of the transaction.
    uint256 internal constant PAY_GAS = 9_000;
    /// @dev Pays a plain account that was looked at before: a call with value and its event; and the event alone.
    uint256 internal constant PAYOUT_GAS = 8_500;
    uint256 internal constant PAYOUT_EVENT_GAS = 1_500;
    /// @dev Gas for the payee of a refund. Enough for a plain receiver; what fails is credited.
    uint256 private constant PAYEE_GAS = 5_000;

    IReferee public immutable REFEREE;
    uint256 internal immutable CHALLENGE_WINDOW;
    uint256 internal immutable ROOT_WINDOW;
    uint256 internal immutable INITIAL_CLOCK;
    uint256 internal immutable ALLOWANCE;
    uint256 internal immutable PRICE_CAP_WEI;
    uint256 internal immutable TIP_WEI;

    mapping(bytes32 tournamentId => GameSlots) internal _games;
    mapping(bytes32 claimId => ClaimWord) internal _claims;
    mapping(bytes32 matchId => MatchSlots) internal _matches;
    mapping(bytes32 commitment => uint256 time) internal _commitments;
    mapping(address account => uint256 amountWei) internal _credits;

    constructor(IReferee _referee, Parameters memory _parameters) {
        checkParameters(_parameters);
        REFEREE = _referee;
        CHALLENGE_WINDOW = _parameters.challengeWindow;
        ROOT_WINDOW = _parameters.rootWindow;
        INITIAL_CLOCK = _parameters.initialClock;
        ALLOWANCE = _parameters.allowance;
        PRICE_CAP_WEI = _parameters.priceCapWei;
        TIP_WEI = _parameters.tipWei;
    }

    /// @dev Minima of spec/07 §3; maxima so that clocks and bonds fit their bits.
    function checkParameters(Parameters memory _p) private pure {
        checkParameter("challengeWindow", _p.challengeWindow, 1, Claim.MAX_CLOCK);
        checkParameter("rootWindow", _p.rootWindow, _p.challengeWindow, Claim.MAX_CLOCK);
        checkParameter("allowance", _p.allowance, MIN_ALLOWANCE, Claim.MAX_CLOCK / 4);
        // An inner clock starts at most one allowance above the initial clock and is capped one allowance above that.
        checkParameter("initialClock", _p.initialClock, _p.rootWindow, Claim.MAX_CLOCK - 2 * uint256(_p.allowance));
        checkParameter("priceCapWei", _p.priceCapWei, Bond.GWEI, Bond.MAX_GWEI * Bond.GWEI / Bond.maxBondGas());
        checkParameter("tipWei", _p.tipWei, 0, type(uint128).max);
    }

    function checkParameter(bytes32 _name, uint256 _value, uint256 _minimum, uint256 _maximum) private pure {
        if (_value < _minimum || _value > _maximum) revert ParameterInvalid(_name, _value, _minimum, _maximum);
    }

    /// @dev Loads a tournament that is not finished.
    function loadGame(bytes32 _tournamentId) internal view returns (GameState memory game_) {
        GameWord word = _games[_tournamentId].word;
        if (GameWord.unwrap(word) == 0) revert UnknownTournament(_tournamentId);
        game_ = Game.unpack(word);
        if (game_.finished) revert TournamentIsFinished(_tournamentId);
    }

    function storeGame(bytes32 _tournamentId, GameState memory _game) internal {
        _games[_tournamentId].word = Game.pack(_game);
    }

    /// @dev Loads a match by its key. Its claims are what the id says, so the key needs no other proof.
    function loadMatch(MatchKey calldata _key) internal view returns (OpenMatch memory match_) {
        match_.claimIdA = Commitment.claimId(_key.tournamentId, _key.a.root, _key.a.outcome);
        match_.claimIdB = Commitment.claimId(_key.tournamentId, _key.b.root, _key.b.outcome);
        match_.matchId = Commitment.matchId(_key.tournamentId, match_.claimIdA, match_.claimIdB);
        match_.state = loadMatchState(match_.matchId);
    }

    function loadMatchState(bytes32 _matchId) internal view returns (MatchState memory state_) {
        MatchWord word = _matches[_matchId].word;
        if (MatchWord.unwrap(word) == 0) revert UnknownMatch(_matchId);
        state_ = Match.unpack(word);
    }

    /// @dev Reverts unless the two leaves are those that the match stands at.
    function checkLeaves(bytes32 _matchId, bytes32 _leafA, bytes32 _leafB) internal view {
        bytes32 expected = _matches[_matchId].pairHash;
        bytes32 actual = MerkleMemory.hashPair(_leafA, _leafB);
        if (actual != expected) revert LeavesMismatch(expected, actual);
    }

    /// @dev A full bond of a tournament.
    function fullBond(GameState memory _game) internal view returns (uint256 bondGwei_) {
        bondGwei_ = Bond.bondGwei(_game.kind, _game.height, _game.words, PRICE_CAP_WEI);
    }

    /// @dev The bond of a tournament, which must have been sent with the call.
    function takeBond(GameState memory _game) internal view returns (uint256 bondGwei_) {
        bondGwei_ = fullBond(_game);
        if (msg.value != bondGwei_ * Bond.GWEI) revert WrongBond(bondGwei_ * Bond.GWEI, msg.value);
    }

    /// @dev The refund of the running action in gwei, rounded up, before anyone's balance limits it (spec/06 §8).
    /// @param _payee Who is refunded. What a transaction costs beside its execution is for the plain account that sent
    /// it; an account with code may act often in one transaction, or write words twice: it gets what was measured.
    /// @param _tokens Calldata that the action's arguments need: padding is not counted.
    /// @param _tailGas Gas of the storage words still to be written.
    function refundOf(address _payee, uint256 _tokens, uint256 _gasStart, uint256 _tailGas, uint256 _budgetGas)
        internal
        view
        returns (uint256 gwei_)
    {
        uint256 priceWei = block.basefee + TIP_WEI;
        if (priceWei > tx.gasprice) priceWei = tx.gasprice;
        if (priceWei > PRICE_CAP_WEI) priceWei = PRICE_CAP_WEI;
        // SAFETY: gas is below 2^64 and a price below 2^128.
        unchecked {
            uint256 used = _gasStart - gasleft();
            if (_payee == tx.origin && _payee.code.length == 0) {
                used = Bond.transactionGas(_tokens, used + _tailGas + ENTRY_GAS + PAY_GAS);
            }
            if (used > _budgetGas) used = _budgetGas;
            gwei_ = (used * priceWei + Bond.GWEI - 1) / Bond.GWEI;
        }
    }

    /// @dev Pays a refund at once; a payee that cannot take it finds it as a credit. Last call of every action.
    function pay(address _to, uint256 _amountGwei) internal {
        if (_amountGwei == 0) return;
        uint256 amountWei = _amountGwei * Bond.GWEI;
        bool success;
        assembly ("memory-safe") {
            // No return data is copied: a payee cannot make the transaction expensive.
            success := call(PAYEE_GAS, _to, amountWei, 0, 0, 0, 0)
        }
        if (success) emit Refunded(_to, amountWei);
        else credit(_to, _amountGwei);
    }

    /// @dev Pays a plain account what a claim of its is worth, and the sender its refund, at once: in one transfer, if they are the same.
    /// Last calls of an action.
    function payOut(address _to, uint256 _amountGwei, uint256 _refundGwei) internal {
        bool isSender = _to == msg.sender;
        uint256 totalGwei = isSender ? _amountGwei + _refundGwei : _amountGwei;
        if (totalGwei != 0) {
            uint256 totalWei = totalGwei * Bond.GWEI;
            bool success;
            assembly ("memory-safe") {
                success := call(PAYEE_GAS, _to, totalWei, 0, 0, 0, 0)
            }
            if (!success) {
                credit(_to, totalGwei);
            } else {
                if (_amountGwei != 0) emit Paid(_to, _amountGwei * Bond.GWEI);
                if (isSender && _refundGwei != 0) emit Refunded(_to, _refundGwei * Bond.GWEI);
            }
        }
        if (!isSender) pay(msg.sender, _refundGwei);
    }

    /// @dev Gas of `payOut` beside the refund.
    function payOutGas(address _to) internal view returns (uint256 gas_) {
        gas_ = _to == msg.sender ? PAYOUT_EVENT_GAS : PAYOUT_GAS;
    }

    /// @dev Whether an account is paid at once: without code it cannot refuse, and costs what a transfer costs.
    function isPlain(address _account) internal view returns (bool isPlain_) {
        isPlain_ = _account.code.length == 0;
    }

    function credit(address _to, uint256 _amountGwei) internal {
        if (_amountGwei == 0) return;
        uint256 amountWei = _amountGwei * Bond.GWEI;
        _credits[_to] += amountWei;
        emit Credited(_to, amountWei);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";
import {Test} from "../base/Test.sol";
import {Vm} from "../base/Vm.sol";
import {Deployer} from "./Deployer.sol";
import {ToyMachine, ToyRegistry} from "./ToyMachine.sol";
import {ToyTree} from "./ToyTree.sol";

/// @notice Plays games on the toy machine. The test is the market; players are accounts with a history each; whoever
/// acts for a claim plays what its tree says. Money is checked after each action.
abstract contract GameTest is Test {
    using ToyTree for bytes32[];

    /// @dev What the test knows about a claim.
    struct Known {
        bytes32 tournamentId;
        bytes32 root;
        bytes32 outcome;
        address owner;
        bytes32[] nodes;
        /// The history behind it; inner claims of a player are cut from the same one.
        uint256 player;
    }

    struct Pair {
        bytes32 tournamentId;
        bytes32 a;
        bytes32 b;
    }

    struct Player {
        address account;
        /// States after 1, 2, … steps.
        bytes32[] states;
    }

    bytes32 internal constant MODEL = "toy model";
    bytes32 internal constant TASK = "task";
    bytes32 internal constant INPUT = "input";
    uint256 internal constant START_WEI = 1_000 ether;
    uint256 internal constant HONEST = 0;

    ToyMachine internal _toy;
    ToyRegistry internal _registry;
    ITournament internal _game;
    uint8 internal _coarse;
    uint8 internal _fine;

    bytes32 internal _rootId;
    Player[] internal _players;
    mapping(bytes32 claimId => Known) internal _known;
    mapping(bytes32 matchId => Pair) internal _pairs;
    mapping(bytes32 tournamentId => bytes32 matchId) internal _parents;
    mapping(bytes32 tournamentId => bytes32[] claimIds) internal _claimsOf;
    mapping(address account => uint256 amountWei) internal _refundedWei;
    bytes32[] internal _matchIds;
    bytes32[] internal _tournamentIds;
    bytes32[] internal _claimIds;
    address[] internal _accounts;

    receive() external payable {}

    function setUpGame(uint8 _coarseHeight, uint8 _fineHeight) internal {
        setUpGame(_coarseHeight, _fineHeight, defaultParameters());
    }

    function setUpGame(uint8 _coarseHeight, uint8 _fineHeight, ITournament.Parameters memory _parameters) internal {
        (_coarse, _fine) = (_coarseHeight, _fineHeight);
        _toy = new ToyMachine();
        _registry = new ToyRegistry();
        _registry.add(MODEL, _coarseHeight, _fineHeight, 3);
        _game = ITournament(Deployer.tournament(address(_registry), address(_toy), _parameters));
        _rootId = keccak256(abi.encode(keccak256("opml.tournament.root.1"), address(this), TASK));
        vm.warp(1_800_000_000);
        vm.fee(20 gwei);
        vm.txGasPrice(20 gwei);
        vm.deal(address(this), START_WEI);
        addPlayer("honest", honestStates());
    }

    function defaultParameters() internal pure returns (ITournament.Parameters memory) {
        return ITournament.Parameters({
            challengeWindow: 600,
            rootWindow: 600,
            initialClock: 900,
            allowance: 120,
            priceCapWei: 200 gwei,
            tipWei: 2 gwei
        });
    }

    // Histories

    function numSteps() internal view returns (uint256) {
        return uint256(1) << (_coarse + _fine);
    }

    function startState() internal pure returns (bytes32) {
        return keccak256(abi.encode("start", INPUT));
    }

    function nextState(bytes32 _state) internal pure returns (bytes32) {
        return keccak256(abi.encode("step", _state));
    }

    function honestStates() internal view returns (bytes32[] memory states_) {
        states_ = new bytes32[](numSteps());
        bytes32 state = startState();
        for (uint256 i = 0; i < states_.length; ++i) {
            state = nextState(state);
            states_[i] = state;
        }
    }

    /// @dev Wrong in step `_from`, then run on honestly from there: a liar whose own history fits together.
    function liesFrom(uint256 _from, uint256 _salt) internal view returns (bytes32[] memory states_) {
        states_ = honestStates();
        states_[_from] = keccak256(abi.encode("lie", _salt, states_[_from]));
        for (uint256 i = _from + 1; i < states_.length; ++i) states_[i] = nextState(states_[i - 1]);
    }

    /// @dev Wrong from one step to another, right at the end: the true result with false insides.
    function liesBetween(uint256 _from, uint256 _to, uint256 _salt) internal view returns (bytes32[] memory states_) {
        states_ = honestStates();
        for (uint256 i = _from; i < _to; ++i) states_[i] = keccak256(abi.encode("lie", _salt, states_[i]));
    }

    function addPlayer(string memory _name, bytes32[] memory _states) internal returns (uint256 player_) {
        player_ = _players.length;
        Player storage added = _players.push();
        added.account = makeAccount(_name, START_WEI);
        added.states = _states;
        _accounts.push(added.account);
    }

    function account(uint256 _player) internal view returns (address) {
        return _players[_player].account;
    }

    /// @dev Coarse tree of a player: every 2^fine-th state.
    function coarseTree(uint256 _player) internal view returns (bytes32[] memory) {
        bytes32[] memory leaves = new bytes32[](1 << _coarse);
        for (uint256 k = 0; k < leaves.length; ++k) leaves[k] = _players[_player].states[((k + 1) << _fine) - 1];
        return leaves.build();
    }

    /// @dev Fine tree of a player below coarse leaf `_leaf`.
    function fineTree(uint256 _player, uint256 _leaf) internal view returns (bytes32[] memory) {
        bytes32[] memory leaves = new bytes32[](1 << _fine);
        for (uint256 k = 0; k < leaves.length; ++k) leaves[k] = _players[_player].states[(_leaf << _fine) + k];
        return leaves.build();
    }

    // Actions; each is a transaction of a plain account, sent by the claim's owner unless told otherwise

    function open(uint256 _player) internal returns (bytes32 claimId_) {
        bytes32[] memory nodes = coarseTree(_player);
        uint256 bond = _game.bondWei(MODEL, 0);
        vm.prank(account(_player), account(_player));
        (bool sent,) = address(this).call{value: bond}("");
        assertTrue(sent);
        vm.recordLogs();
        vm.prank(address(this), account(_player));
        _game.openRoot{value: bond}(TASK, MODEL, INPUT, account(_player), nodes.joinData(true));
        noteGas();
        claimId_ = know(_rootId, _player, account(_player), nodes);
        _tournamentIds.push(_rootId);
        digest();
    }

    function join(uint256 _player) internal returns (bytes32 claimId_) {
        bytes32[] memory nodes = coarseTree(_player);
        uint256 bond = _game.bondWei(MODEL, 0);
        vm.recordLogs();
        vm.prank(account(_player), account(_player));
        _game.joinRoot{value: bond}(_rootId, nodes.joinData(true));
        noteGas();
        claimId_ = know(_rootId, _player, account(_player), nodes);
        digest();
    }

    /// @dev A player joins below a match with its own history.
    function joinInner(bytes32 _matchId, uint256 _player) internal returns (bytes32 claimId_) {
        return joinInnerWith(_matchId, _player, fineTree(_player, _game.matchOf(_matchId).index));
    }

    function joinInnerWith(bytes32 _matchId, uint256 _player, bytes32[] memory _nodes)
        internal
        returns (bytes32 claimId_)
    {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_matchId);
        uint256 bond = _game.bondWei(MODEL, 1);
        ITournament.MatchKey memory key = keyOf(_matchId);
        vm.recordLogs();
        vm.prank(account(_player), account(_player));
        _game.joinInner{value: bond}(key, leafA, leafB, _nodes.joinData(false));
        noteGas();
        claimId_ = know(innerOf(_matchId), _player, account(_player), _nodes);
        digest();
    }

    function move(bytes32 _matchId) internal {
        ITournament.MatchView memory m = _game.matchOf(_matchId);
        bool isA = m.phase == 1;
        Pair memory pair = _pairs[_matchId];
        bytes32[] memory x = _known[isA ? pair.a : pair.b].nodes;
        bytes32[] memory y = _known[isA ? pair.b : pair.a].nodes;
        uint256 child = x.firstDifference(y, m.height, m.index);
        vm.recordLogs();
        moveWith(_matchId, x, y, child, _known[isA ? pair.a : pair.b].owner);
        noteGas();
        digest();
    }

    /// @dev A move to a chosen child, played from two given trees.
    function moveWith(bytes32 _matchId, bytes32[] memory _x, bytes32[] memory _y, uint256 _child, address _sender)
        internal
    {
        bytes memory data = callMove(_matchId, _x, _y, _child);
        vm.prank(_sender, _sender);
        (bool success,) = address(_game).call(data);
        assertTrue(success, "move refused");
    }

    /// @dev Seals a match at a leaf; fine leaves are decided by the toy's step.
    function seal(bytes32 _matchId, bool _inB, address _sender) internal {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_matchId);
        ITournament.AgreedState memory prev = agreedState(_matchId, _inB);
        ITournament.MatchKey memory key = keyOf(_matchId);
        bool isRoot = key.tournamentId == _rootId;
        bytes memory witness = abi.encode(prev.stateHash);
        vm.recordLogs();
        vm.prank(_sender, _sender);
        if (isRoot) _game.sealCoarse(key, leafA, leafB, prev);
        else _game.sealFine(key, leafA, leafB, prev, witness);
        noteGas();
        if (isRoot) {
            _parents[innerOf(_matchId)] = _matchId;
            _tournamentIds.push(innerOf(_matchId));
        }
        digest();
    }

    function seal(bytes32 _matchId) internal {
        seal(_matchId, false, account(HONEST));
    }

    function timeout(bytes32 _matchId) internal {
        ITournament.MatchKey memory key = keyOf(_matchId);
        vm.recordLogs();
        vm.prank(account(HONEST), account(HONEST));
        _game.timeout(key);
        noteGas();
        digest();
    }

    function finishInner(bytes32 _matchId) internal {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_matchId);
        ITournament.ClaimKey memory winner = survivorKey(innerOf(_matchId));
        ITournament.MatchKey memory key = keyOf(_matchId);
        vm.recordLogs();
        vm.prank(account(HONEST), account(HONEST));
        _game.finishInner(key, leafA, leafB, winner);
        noteGas();
        digest();
    }

    function finishRoot() internal {
        ITournament.ClaimKey memory winner = survivorKey(_rootId);
        vm.recordLogs();
        vm.prank(account(HONEST), account(HONEST));
        _game.finishRoot(_rootId, winner);
        noteGas();
        digest();
    }

    /// @dev A call to the game that must be refused with this error; nothing may change.
    function refused(bytes4 _error, address _sender, uint256 _valueWei, bytes memory _call) internal {
        uint256 balance = address(_game).balance;
        vm.prank(_sender, _sender);
        (bool success, bytes memory data) = address(_game).call{value: _valueWei}(_call);
        assertFalse(success, "was not refused");
        assertEq(bytes32(bytes4(data)), bytes32(_error), "refused for another reason");
        assertEq(address(_game).balance, balance, "money moved");
    }

    function refused(bytes4 _error, bytes memory _call) internal {
        refused(_error, account(HONEST), 0, _call);
    }

    // Calls as bytes, for the refusals

    function callOpen(uint256 _player) internal view returns (bytes memory) {
        ITournament.JoinData memory data = coarseTree(_player).joinData(true);
        return abi.encodeCall(ITournament.openRoot, (TASK, MODEL, INPUT, account(_player), data));
    }

    function callJoin(uint256 _player) internal view returns (bytes memory) {
        return abi.encodeCall(ITournament.joinRoot, (_rootId, coarseTree(_player).joinData(true)));
    }

    function callJoinInner(bytes32 _matchId, bytes32[] memory _nodes) internal view returns (bytes memory) {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_matchId);
        return
            abi.encodeCall(ITournament.joinInner, (keyOf(_matchId), leafA, leafB, _nodes.joinData(false)));
    }

    /// @dev The mover's next move, as its own tree says.
    function callMove(bytes32 _matchId) internal view returns (bytes memory) {
        ITournament.MatchView memory m = _game.matchOf(_matchId);
        Pair memory pair = _pairs[_matchId];
        bytes32[] memory x = _known[m.phase == 1 ? pair.a : pair.b].nodes;
        bytes32[] memory y = _known[m.phase == 1 ? pair.b : pair.a].nodes;
        return callMove(_matchId, x, y, x.firstDifference(y, m.height, m.index));
    }

    function callMove(bytes32 _matchId, bytes32[] memory _x, bytes32[] memory _y, uint256 _child)
        internal
        view
        returns (bytes memory)
    {
        ITournament.MatchView memory m = _game.matchOf(_matchId);
        uint256 d = ToyTree.depth(m.height);
        uint256 index = (uint256(m.index) << d) + _child;
        bytes32[] memory path = _x.path(_y, m.height, m.index, _child);
        bytes32[] memory opened = _x.opened(m.height - d, index);
        return abi.encodeCall(ITournament.move, (_matchId, _child, _y.at(m.height - d, index), path, opened));
    }

    function callSealCoarse(bytes32 _matchId) internal view returns (bytes memory) {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_matchId);
        return
            abi.encodeCall(ITournament.sealCoarse, (keyOf(_matchId), leafA, leafB, agreedState(_matchId, false)));
    }

    function callSealFine(bytes32 _matchId, bytes32 _prev) internal view returns (bytes memory) {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_matchId);
        return abi.encodeCall(
            ITournament.sealFine, (keyOf(_matchId), leafA, leafB, agreedState(_matchId, false), abi.encode(_prev))
        );
    }

    function callTimeout(bytes32 _matchId) internal view returns (bytes memory) {
        return abi.encodeCall(ITournament.timeout, (keyOf(_matchId)));
    }

    function callFinishInner(bytes32 _matchId) internal view returns (bytes memory) {
        (bytes32 leafA, bytes32 leafB) = leavesOf(_matchId);
        return abi.encodeCall(
            ITournament.finishInner, (keyOf(_matchId), leafA, leafB, survivorKey(innerOf(_matchId)))
        );
    }

    function callFinishRoot() internal view returns (bytes memory) {
        return abi.encodeCall(ITournament.finishRoot, (_rootId, survivorKey(_rootId)));
    }

    function bondOf(uint8 _level) internal view returns (uint256) {
        return _game.bondWei(MODEL, _level);
    }

    // What the test knows

    function know(bytes32 _tournamentId, uint256 _player, address _owner, bytes32[] memory _nodes)
        internal
        returns (bytes32 claimId_)
    {
        bytes32 last = _nodes.at(0, _nodes.length / 2 - 1);
        bytes32 outcome = _tournamentId == _rootId ? _toy.resultOfState(last) : last;
        claimId_ = keccak256(abi.encode(_tournamentId, _nodes[1], outcome));
        _known[claimId_] = Known(_tournamentId, _nodes[1], outcome, _owner, _nodes, _player);
        _claimsOf[_tournamentId].push(claimId_);
        _claimIds.push(claimId_);
    }

    /// @dev Remembers the matches that an action began, and checks that the money adds up after it.
    /// @dev Called right after an action, before any other call: for tests that measure it.
    function noteGas() internal virtual {}

    function digest() internal virtual {
        digestLogs();
        checkFunds();
    }

    function digestLogs() internal returns (Vm.Log[] memory logs_) {
        logs_ = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs_.length; ++i) {
            if (logs_[i].topics[0] == ITournament.Refunded.selector) {
                _refundedWei[address(uint160(uint256(logs_[i].topics[1])))] += abi.decode(logs_[i].data, (uint256));
            }
            if (logs_[i].topics[0] != ITournament.MatchStarted.selector) continue;
            (bytes32 a, bytes32 b) = abi.decode(logs_[i].data, (bytes32, bytes32));
            bytes32 matchId = keccak256(abi.encode(logs_[i].topics[1], a, b));
            assertEq(logs_[i].topics[2], matchId, "match id");
            _pairs[matchId] = Pair(logs_[i].topics[1], a, b);
            _matchIds.push(matchId);
        }
    }

    /// @dev Bonds less what matches have spent, pots and credits are what the contract holds.
    function checkFunds() internal view {
        uint256 sum;
        for (uint256 i = 0; i < _claimIds.length; ++i) sum += _game.claim(_claimIds[i]).bondWei;
        for (uint256 i = 0; i < _matchIds.length; ++i) {
            ITournament.MatchView memory m = _game.matchOf(_matchIds[i]);
            sum -= m.spentAWei + m.spentBWei;
        }
        for (uint256 i = 0; i < _tournamentIds.length; ++i) sum += _game.tournament(_tournamentIds[i]).potWei;
        for (uint256 i = 0; i < _accounts.length; ++i) sum += _game.creditWei(_accounts[i]);
        sum += _game.creditWei(address(this));
        assertEq(sum, address(_game).balance, "funds do not add up");
    }

    function innerOf(bytes32 _matchId) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("opml.tournament.inner.1"), _matchId));
    }

    function keyOf(bytes32 _matchId) internal view returns (ITournament.MatchKey memory) {
        Pair memory pair = _pairs[_matchId];
        return ITournament.MatchKey(pair.tournamentId, claimKey(pair.a), claimKey(pair.b));
    }

    function claimKey(bytes32 _claimId) internal view returns (ITournament.ClaimKey memory) {
        return ITournament.ClaimKey(_known[_claimId].root, _known[_claimId].outcome);
    }

    function survivorKey(bytes32 _tournamentId) internal view returns (ITournament.ClaimKey memory) {
        return claimKey(_game.tournament(_tournamentId).freeClaim);
    }

    /// @dev The leaves at which a match stands.
    function leavesOf(bytes32 _matchId) internal view returns (bytes32 leafA_, bytes32 leafB_) {
        uint256 index = _game.matchOf(_matchId).index;
        leafA_ = _known[_pairs[_matchId].a].nodes.at(0, index);
        leafB_ = _known[_pairs[_matchId].b].nodes.at(0, index);
    }

    function agreedState(bytes32 _matchId, bool _inB) internal view returns (ITournament.AgreedState memory prev_) {
        uint256 index = _game.matchOf(_matchId).index;
        Pair memory pair = _pairs[_matchId];
        bytes32[] memory nodes = _known[_inB ? pair.b : pair.a].nodes;
        prev_.inB = _inB;
        if (index > 0) {
            prev_.stateHash = nodes.at(0, index - 1);
            prev_.siblings = nodes.siblings(index - 1, nodes.heightOf());
        } else {
            prev_.stateHash = pair.tournamentId == _rootId ? startState() : _game.tournament(pair.tournamentId).prevState;
        }
    }

    function lastMatch() internal view returns (bytes32) {
        return _matchIds[_matchIds.length - 1];
    }

    /// @dev What an account has besides what it began with: balance and credit.
    function gainOf(uint256 _player) internal view returns (int256) {
        return int256(account(_player).balance + _game.creditWei(account(_player))) - int256(START_WEI);
    }

    /// @dev Refunds stand for gas that the test does not charge; without them an honest player has what it had, but for
    /// what the market still owes it.
    function assertNotPoorer(uint256 _player) internal view {
        int256 gain = gainOf(_player) - int256(_refundedWei[account(_player)]);
        ITournament.Outcome memory outcome = _game.outcomeOf(_rootId);
        if (outcome.winner == account(_player)) gain += int256(outcome.uncoveredWei);
        assertTrue(gain >= 0, "an honest player is poorer");
    }

    /// @dev Everybody withdraws; nothing may stay behind.
    function emptyAll() internal {
        for (uint256 i = 0; i < _accounts.length; ++i) {
            if (_game.creditWei(_accounts[i]) != 0) _game.withdraw(payable(_accounts[i]));
        }
        if (_game.outcomeOf(_rootId).winner == address(0)) _game.collectVoid(TASK);
        assertEq(address(_game).balance, 0, "bonds are stuck");
    }

    // Whole games

    /// @dev Moves a match down to its leaf.
    function descend(bytes32 _matchId) internal {
        uint8 phase = _game.matchOf(_matchId).phase;
        while (phase == 1 || phase == 2) {
            move(_matchId);
            phase = _game.matchOf(_matchId).phase;
        }
    }

    /// @dev Plays one coarse match to its end: descent, seal, both sides join below, fine match, step, finish.
    function playMatch(bytes32 _matchId) internal {
        descend(_matchId);
        seal(_matchId);
        Pair memory pair = _pairs[_matchId];
        joinInner(_matchId, _known[pair.a].player);
        joinInner(_matchId, _known[pair.b].player);
        playFine(lastMatch());
        closeWindow(innerOf(_matchId));
        finishInner(_matchId);
    }

    function playFine(bytes32 _matchId) internal {
        descend(_matchId);
        seal(_matchId);
    }

    /// @dev Lets a tournament's window run out.
    function closeWindow(bytes32 _tournamentId) internal {
        uint256 end = _game.tournament(_tournamentId).windowEnd;
        if (vm.getBlockTimestamp() < end) vm.warp(end);
    }

    function assertWinner(uint256 _player) internal view {
        ITournament.Outcome memory outcome = _game.outcomeOf(_rootId);
        assertTrue(outcome.finished, "not finished");
        assertEq(outcome.winner, account(_player), "winner");
        assertEq(outcome.result, _toy.resultOfState(_players[_player].states[numSteps() - 1]), "result");
    }
}

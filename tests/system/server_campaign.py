"""Puts faults into running servers of the RTOS, each at a random instruction while clients work, and judges each
(tests/rtos/campaign/README.md). The same seed is the same run. A saboteur in the machine asks for each fault, and reports
what the clients saw of it. Used by campaigns.py."""

import random
import struct

import gdbstub
import kumiki_machine as km
from campaign import Campaign

# {server: (image, its program)}
TARGETS = {"worker": ("campaign.img", "campaign-worker.elf"), "ramfs": ("campaign-files.img", "ramfs.elf")}
RUN = 250  # faults of one run of the machine
CLASSES = ("machine lost", "wrong data", "clear error", "repaired unseen", "no effect")
# The kinds of a campaign. Other users have further ones: "control" does nothing; "crash" and "stall".
KINDS = ("text", "constants", "data", "heap", "kept", "stack", "register", "null", "loop", "call", "leak", "kill", "supervisor")
# Ends of the supervisor, or of the supervisor and init. None of them is a fault in the server.
ABOVE = ("supervisor", "both", "both-text")
# The file server has no code for "loop" and "leak", no heap, and no sums for "kept".
FILES_KINDS = tuple(kind for kind in KINDS if kind not in ("heap", "kept", "loop", "leak"))

# Lies of the file server: the function that gets other code, and the code. Each function has two arguments or more.
LIES = {"refuses": ("operate", (0xd2800042, 0xf9000022, 0xd65f03c0)),  # call->word[0] = FS_GONE
        "reads-nothing": ("contents_read", (0x2a0403e0, 0xd65f03c0)),  # return count
        "writes-nothing": ("contents_put", (0x52800020, 0xd65f03c0))}  # return true
AND_FFF, MOV = 0x12002c00, 0x2a0003e0  # and w0, w0, #0xfff; mov w0, w0. Those of x0 have these bits:
X_BITS, WIDE = 0x80400000, 0x80000000
CLIENTS = ("first", "second")
SUMMED = (0, 1, 4)  # words of an answer of the file server's: rtos/proto/fs.h

# Of tests/rtos/campaign/proto.h and include/kumiki/rtos/call.h.
BEGINS, FAULT, RESULT, ENDS = 1, 2, 3, 4
IS_IN, KILL, AGAIN, SOON = 0, 1, 2, 3
KIND_PROCESS = 1
READ, WRITE, EXECUTE = 1 << 6, 1 << 7, 1 << 8
CALLS, HANDLES = 64, 32
RUNS, READY, ENDED = 0, 1, 7
HANDLE_SIZE, PAGE, TEXT_PIECE = 32, 4096, 512
START_PAGE, GIVEN = 0x3ffff000, 0x40000000
HEAP_END = 0x20000000  # rtos/libc/heap.c
GIVENS, GIVEN_SIZE = 64, 48  # of the start page
GIVEN_KEEP = 6  # include/kumiki/rtos/program.h
LR, SP, PC, PSTATE = 30, 31, 32, 33
RET = 16 * 4  # in sys_svc()
RTOS_OK, GIVEN_USE = 0, 2
X8, X9, SVC = 8, 9, b"\x01\0\0\xd4"

FIELDS = ("struct thread.registers", "struct thread.process", "struct thread.state", "struct thread.number",
          "struct thread.next_of_process", "struct process.space.root",
          "struct process.name", "struct process.threads", "struct process.maker", "struct process.mappings",
          "struct process.handles.count", "struct process.handles.page", "struct process.state",
          "struct mapping.next_of_process", "struct mapping.address", "struct mapping.pages",
          "struct mapping.rights", "struct memory.base", "struct memory.at")


class Kernel:
    """The kernel's objects, in a machine that stands still at EL1."""

    def __init__(self, stub):
        elf = km.BUILD / "rtos/kernel.elf"
        self.stub = stub
        self.symbols = gdbstub.symbols(elf)
        self.at = gdbstub.offsets(elf, FIELDS)
        self.yields = self.symbols["thread_call_yield"]
        self.linear = None

    def field(self, thing, name, size=8):
        return int.from_bytes(self.stub.read(thing + self.at[name], size), "little")

    def name(self, process):
        return self.stub.read(process + self.at["process.name"], 16).rstrip(b"\0").decode()

    def child(self, supervisor, name, lives=True):
        """The process with this name that the supervisor has a handle on, alive or ended; None: there is none."""
        count = self.field(supervisor, "process.handles.count")
        pages = struct.unpack("<8Q", self.stub.read(supervisor + self.at["process.handles.page"], 64))
        for page in pages[:count * HANDLE_SIZE // PAGE]:
            table = self.stub.read(page, PAGE)
            for place in range(0, PAGE, HANDLE_SIZE):
                process, allows = struct.unpack_from("<Q20xH", table, place)
                if process and allows >> 12 == KIND_PROCESS and self.name(process) == name and \
                        (self.field(process, "process.state", 1) == 0) == lives:
                    return process
        return None

    def thread(self, process):
        """The process's first thread, if it can go on."""
        thread = self.field(process, "process.threads")
        while thread and self.field(thread, "thread.number", 4) != 0:
            thread = self.field(thread, "thread.next_of_process")
        return thread if thread and self.field(thread, "thread.state", 1) != ENDED else None

    def registers(self, thread):
        return list(struct.unpack("<34Q", self.stub.read(thread + self.at["thread.registers"], 34 * 8)))

    def set_register(self, thread, number, value):
        self.stub.write(thread + self.at["thread.registers"] + 8 * number, struct.pack("<Q", value))

    def mappings(self, process):
        """(address, pages, rights) of each mapping."""
        mapping = self.field(process, "process.mappings")
        while mapping:
            yield (self.field(mapping, "mapping.address"), self.field(mapping, "mapping.pages"),
                   self.field(mapping, "mapping.rights", 4))
            mapping = self.field(mapping, "mapping.next_of_process")

    def place(self, process, address):
        """The kernel's address of a process's memory, found by the process's tables; None: nothing is mapped."""
        if self.linear is None:
            memory = self.symbols["memory"]
            self.linear = self.field(memory, "memory.at") - self.field(memory, "memory.base")
        table = self.field(process, "process.space.root")
        for shift in (30, 21, 12):
            entry = self.stub.word(table + 8 * (address >> shift & 511))
            if not entry & 1:
                return None
            table = (entry & 0xfffffffff000) + self.linear
            if shift == 21 and not entry & 2:
                return table + (address & 0x1fffff)
        return table + (address & 0xfff)


class Faults:
    """The faults, by their kind. Each method returns the answer for the saboteur, and words for the record. None: there is
    no victim just now."""

    def __init__(self, kernel, seed, target):
        self.kernel = kernel
        self.random = random.Random(seed)
        self.target = target
        self.worker = gdbstub.symbols(km.BUILD / "rtos" / TARGETS[target][1])

    def put_in(self, kind, supervisor):
        if kind in ABOVE:
            return getattr(self, kind.replace("-", "_"))(supervisor)
        process = self.kernel.child(supervisor, self.target)
        thread = process and self.kernel.thread(process)
        if not thread:
            return None
        if kind in LIES:
            return self._lie(process, *LIES[kind])
        return getattr(self, "_" + kind)(supervisor, process, thread)

    def _change(self, address, place):
        """Changes one bit, or one word."""
        old = self.kernel.stub.word(place)
        new = old ^ 1 << self.random.randrange(64) if self.random.random() < 0.5 else self.random.getrandbits(64)
        self.kernel.stub.write(place, struct.pack("<Q", new))
        return IS_IN, f"{address:#x}: {old:#x} is {new:#x}"

    def _memory(self, process, fits):
        """Changes memory of a page that fits."""
        pages = [address + PAGE * page for address, count, rights in self.kernel.mappings(process)
                 if fits(address, rights) for page in range(count)]
        place = None
        while pages and place is None:  # not each page has been touched
            address = self.random.choice(pages) + 8 * self.random.randrange(PAGE // 8)
            place = self.kernel.place(process, address)
        return self._change(address, place) if pages else None

    def things(self, process, kind):
        """((address, size), name, handle) of a program's things of a kind."""
        page = self.kernel.stub.read(self.kernel.place(process, START_PAGE), PAGE)
        things = [struct.unpack_from("<24sII2Q", page, 64 + GIVEN_SIZE * place) for place in range(GIVENS)]
        return [((address, size), name.rstrip(b"\0").decode(), handle) for name, is_kind, handle, address, size in things
                if is_kind == kind]

    def given(self, process, kind):
        return [memory for memory, _, _ in self.things(process, kind)]

    def _given_memory(self, process, kind):
        """Changes memory that the process was given and has touched."""
        pages = [address for first, size in self.given(process, kind) for address in range(first, first + size, PAGE)
                 if self.kernel.place(process, address)]
        if not pages:
            return None
        address = self.random.choice(pages) + 8 * self.random.randrange(PAGE // 8)
        return self._change(address, self.kernel.place(process, address))

    def _kept(self, _supervisor, process, _thread):
        return self._given_memory(process, GIVEN_KEEP)

    def _text(self, _supervisor, process, _thread):
        return self._memory(process, lambda address, rights: rights & EXECUTE)

    def _constants(self, _supervisor, process, _thread):
        return self._memory(process, lambda address, rights: not rights & (EXECUTE | WRITE))

    def _data(self, _supervisor, process, _thread):
        return self._memory(process, lambda address, rights: rights & WRITE and address < self.worker["sys_end"])

    def _heap(self, _supervisor, process, _thread):
        """Changes the heap: blocks of malloc(), or the data between them."""
        return self._memory(process, lambda address, rights: rights & WRITE and self.worker["sys_end"] <= address < HEAP_END)

    def _stack(self, _supervisor, process, thread):
        """Changes the used part of the stack."""
        end, stack = START_PAGE, self.kernel.registers(thread)[SP] & ~7
        address = self.random.randrange(stack, end, 8) if end - PAGE * 4 <= stack < end else end - 8
        return self._change(address, self.kernel.place(process, address))

    def _register(self, _supervisor, _process, thread):
        number = self.random.randrange(PC + 1)
        old = self.kernel.registers(thread)[number]
        new = old ^ 1 << self.random.randrange(64) if self.random.random() < 0.5 else self.random.getrandbits(64)
        self.kernel.set_register(thread, number, new)
        return IS_IN, f"register {number}: {old:#x} is {new:#x}"

    def _null(self, _supervisor, _process, thread):
        registers = self.kernel.registers(thread)
        pointers = [number for number in range(PC) if 0x10000 <= registers[number] < GIVEN + 0x100000]
        number = self.random.choice(pointers) if pointers else 30
        self.kernel.set_register(thread, number, 0)
        return IS_IN, f"register {number}: {registers[number]:#x} is NULL"

    def _loop(self, _supervisor, _process, thread):
        self.kernel.set_register(thread, PC, self.worker["worker_spin"])
        return IS_IN, "it spins"

    def _call(self, _supervisor, _process, thread):
        """Makes a random system call. Small numbers are among the arguments, because large ones are seldom handles."""
        self.kernel.set_register(thread, PC, self.worker["sys_svc"] + 4 * 8)
        number = self.random.randrange(CALLS)
        for register in (*range(8), *range(9, 14)):
            self.kernel.set_register(thread, register,
                                     self.random.choice((0, self.random.randrange(HANDLES),
                                                         self.random.getrandbits(32), self.random.getrandbits(64))))
        self.kernel.set_register(thread, 8, number)
        return IS_IN, f"call {number}"

    def _leak(self, _supervisor, _process, thread):
        self.kernel.set_register(thread, PC, self.worker["worker_leak"])
        return IS_IN, "it takes all memory"

    def _lie(self, process, function, code):
        place = self.kernel.place(process, self.worker[function])
        self.kernel.stub.write(place, struct.pack(f"<{len(code)}I", *code))
        return IS_IN, function

    def _misplaces(self, _supervisor, process, _thread):
        """The file server doesn't cut an offset to the page's size, and so writes beside the file's page."""
        place = self.kernel.place(process, self.worker["contents_put"])
        code = struct.unpack("<64I", self.kernel.stub.read(place, 256))
        number, cut = next((number, word) for number, word in enumerate(code) if word & ~(X_BITS | 0x3ff) == AND_FFF)
        self.kernel.stub.write(place + 4 * number, struct.pack("<I", MOV | cut & WIDE | (cut >> 5 & 31) << 16 | cut & 31))
        return IS_IN, f"register {cut & 31}"

    def _answers(self, supervisor, users):
        """(user, port, thread, registers) of each user that has an answer but hasn't run since: the server works on the next
        call."""
        for user in users:
            process = self.kernel.child(supervisor, user)
            thread = self.kernel.thread(process)
            x = self.kernel.registers(thread)
            svc = self.kernel.place(process, x[PC] - 4)
            ports = [name for _, name, handle in self.things(process, GIVEN_USE) if handle == x[X9]]
            if self.kernel.field(thread, "thread.state", 1) == READY and x[X8] == RTOS_OK and ports and \
                    svc and self.kernel.stub.read(svc, 4) == SVC:
                yield user, ports[0], thread, x

    def _answer_word(self, user, thread, x, words):
        number = self.random.choice(words)
        new = x[number] ^ 1 << self.random.randrange(64) if self.random.random() < 0.5 else self.random.getrandbits(64)
        self.kernel.set_register(thread, number, new)
        return IS_IN, f"word {number} for {user}: {x[number]:#x} is {new:#x}"

    def _answer(self, supervisor, _process, _thread):
        """Changes a word of an answer: one of those with a sum."""
        for user, _, thread, x in self._answers(supervisor, CLIENTS):
            return self._answer_word(user, thread, x, SUMMED)
        return None

    def _stall(self, _supervisor, _process, thread):
        """Lets the thread loop at a return to itself."""
        for register in (LR, PC):
            self.kernel.set_register(thread, register, self.worker["sys_svc"] + RET)
        return IS_IN, "it goes nowhere"

    def _crash(self, _supervisor, _process, thread):
        """The thread crashes at its current place."""
        pc = self.kernel.registers(thread)[PC]
        self.kernel.set_register(thread, PC, 0)
        return IS_IN, f"at {pc:#x}"

    def _kill(self, _supervisor, _process, thread):
        pc = self.kernel.registers(thread)[PC]
        return KILL, f"at {pc:#x}"

    def supervisor(self, supervisor):
        """The supervisor ends at its current place. If it waits, init's next question ends the wait."""
        thread = self.kernel.thread(supervisor)
        if not thread:
            return None
        pc = self.kernel.registers(thread)[PC]
        working = self.kernel.field(thread, "thread.state", 1) in (RUNS, READY)
        self.kernel.set_register(thread, PC, 0)
        return IS_IN, f"at {pc:#x}, {'at work' if working else 'waiting'}"


    def _init(self, supervisor):
        init = self.kernel.field(supervisor, "process.maker")
        return init, self.kernel.thread(init)

    def both(self, supervisor):
        """The supervisor ends, and init too, as soon as it hears of it."""
        _, thread = self._init(supervisor)
        done = thread and self.supervisor(supervisor)
        if done:
            self.kernel.set_register(thread, PC, 0)
        return done

    def both_text(self, supervisor):
        """The supervisor ends, and init has no text any more to go on with."""
        init, thread = self._init(supervisor)
        done = thread and self.supervisor(supervisor)
        if done:
            pc = self.kernel.registers(thread)[PC]
            self.kernel.stub.write(self.kernel.place(init, pc & ~(TEXT_PIECE - 1)), bytes(TEXT_PIECE))
        return done


def classify(lost, wrong, errors, starts, repaired):
    if lost:
        return "machine lost"
    if wrong:
        return "wrong data"
    if errors:
        return "clear error"
    return "repaired unseen" if starts or repaired else "no effect"


class Run:
    """A run of faults. A new machine starts when one is lost, or when its server falls to another level."""

    mode = km.ICOUNT

    def __init__(self, seed, count, kinds, target):
        self.seed, self.count, self.kinds, self.target = seed, count, kinds, target
        self.faults = []
        self.leaked = []  # pages and handles, of each machine that came to its end
        self.texts = []  # of each machine's console
        self.kind = None  # the kind of a begun fault

    def go(self):
        machines = 0
        while len(self.faults) < self.count:
            self._machine(self.seed * 1000 + machines)
            machines += 1
        return {"seed": self.seed, "faults": self.faults, "leaked": self.leaked}

    def _machine(self, seed):
        what = "faults" if len(self.kinds) > 1 else self.kinds[0]
        name = f"rtos-campaign-{self.target}-{what}-{seed}"
        path = km.TESTS / f"{name}.gdb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self.machine_seed = seed
        self.ended = False
        self.kind = None
        self.first = len(self.faults)
        image, extra = self._image()
        with km.bare(name, image, mode=self.mode, extra=["-S", "-gdb", f"unix:{path},server=on,wait=off", *extra]) as self.machine:
            try:
                self._follow(gdbstub.Stub(path))
            except (TimeoutError, EOFError, OSError) as lost:
                self._lost(self.machine, str(lost))
            self.texts.append(self.machine.text)
        if self.ended:
            self._after()

    def _image(self):
        """The image, and QEMU's further options."""
        return km.BUILD / "rtos" / TARGETS[self.target][0], []

    def _faults(self, kernel):
        return Faults(kernel, self.machine_seed, self.target)

    def _after(self):
        """The machine has come to its end."""

    def _lost(self, machine, why):
        if len(self.faults) == self.first:
            raise AssertionError(f"{machine.log_path}: lost before the first fault: {why}")
        self.faults[-1]["class"] = "machine lost"
        self.faults[-1]["what"] += f"; {why}"

    def _follow(self, stub):
        kernel = Kernel(stub)
        self.put = self._faults(kernel)
        stub.breakpoint(kernel.yields)
        while not self.ended:
            stub.go()
            thread = stub.register(0)
            if kernel.name(kernel.field(thread, "thread.process")) == "saboteur":
                answers = self._stopped(kernel, thread, kernel.registers(thread))
                for number, answer in enumerate(answers):
                    kernel.set_register(thread, number, answer)
            # The call ends with RTOS_OK, and its caller goes on.
            stub.set_register(0, 0)
            stub.set_register(PC, stub.register(30))

    def _stopped(self, kernel, thread, x):
        if x[0] == BEGINS:
            return self.machine_seed, self.count - len(self.faults)
        if x[0] == FAULT:
            return self._fault(kernel.field(kernel.field(thread, "thread.process"), "process.maker"))
        if x[0] == RESULT:
            lost, wrong, errors, starts, ticks = x[1:6]
            fault = self.faults[-1]
            repaired = fault["kind"] in ABOVE
            fault.update({"class": classify(lost, wrong, errors, starts, repaired), "starts": starts,
                          "failed": lost + wrong + errors, "ticks": ticks})
        if x[0] == ENDS:
            self.ended = True
            if self.faults[-1]["class"] != "machine lost":
                self.leaked.append([struct.unpack("<q", struct.pack("<Q", value))[0] for value in x[1:3]])
        return ()

    def _fault(self, supervisor):
        kind = self.kind or self.put.random.choice(self.kinds)
        if kind in ABOVE and not self.kind:
            self.kind = kind
            return (SOON,)
        done = (IS_IN, "nothing") if kind == "control" else self.put.put_in(kind, supervisor)
        if done is None:
            return (AGAIN,)
        self.kind = None
        self.faults.append({"kind": kind, "what": done[1]})
        return (done[0],)


def run(seed, count=RUN, kinds=KINDS, target="worker"):
    return Run(seed, count, kinds, target).go()


class Servers(Campaign):
    """A case is a run."""

    classes, keys, first, size = CLASSES, ("kind",), 1, RUN

    def __init__(self, target):
        self.name, self.image = target, km.BUILD / "rtos" / TARGETS[target][0]
        self.kinds = KINDS if target == "worker" else FILES_KINDS

    def fault(self, _machine, case):
        return run(case, RUN, self.kinds, self.name)

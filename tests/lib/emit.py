"""Processes that log, as the programs do that mplog is for.

	emit.py START SINK PLACE [--processes N] [--records N] [--pool]

START is spawn, fork or forkserver. Every process logs RECORDS records, each of which says
who wrote it and which one it is; check.py knows what they must look like. There is no lock
and no queue. SINK and PLACE are one of
	loguru-file FOLDER	a Loguru file for each process
	loguru-fifo PATH	one FIFO, opened by each process as a Loguru file
	stdlib-file FOLDER	a logging.FileHandler for each process
	loguru-unix PATH	a connection to a Unix socket for each process
	loguru-tcp PORT		a TCP connection for each process
"""
import argparse
import concurrent.futures
import logging
import multiprocessing
import socket

TRACEBACK_EVERY = 100
LINES_EVERY = 50


def text(worker, seq):
    """What record SEQ of WORKER says; every so often that is two lines more."""
    head = f"worker={worker} seq={seq} {'.' * (seq % 61)} end"
    if seq % LINES_EVERY == LINES_EVERY // 2:
        head += f"\n  its second line\nthe third of worker={worker} seq={seq}"
    return head


def broken(worker, seq):
    return f"broken worker={worker} seq={seq}"


def log(logger, worker, records):
    """RECORDS records of all levels; some with a traceback."""
    say = (logger.debug, logger.info, logger.info, logger.warning, logger.error)
    for seq in range(records):
        if seq % TRACEBACK_EVERY == TRACEBACK_EVERY - 1:
            try:
                raise ValueError(broken(worker, seq))
            except ValueError:
                logger.exception(text(worker, seq))
        else:
            say[seq % len(say)](text(worker, seq))


def loguru_to(sink):
    from loguru import logger
    logger.remove()
    logger.add(sink, backtrace=False, diagnose=False)
    return logger


def loguru_to_socket(family, address):
    connection = socket.socket(family, socket.SOCK_STREAM)
    connection.connect(address)
    return loguru_to(lambda message: connection.sendall(message.encode()))


def stdlib_to(path):
    logger = logging.getLogger("emit")
    handler = logging.FileHandler(path)
    handler.setFormatter(
        logging.Formatter("%(asctime)s - %(name)s - %(levelname)s - %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    return logger


def work(sink, place, worker, records):
    if sink == "loguru-file":
        logger = loguru_to(f"{place}/worker-{worker}.log")
    elif sink == "loguru-fifo":
        logger = loguru_to(place)
    elif sink == "stdlib-file":
        logger = stdlib_to(f"{place}/worker-{worker}.log")
    elif sink == "loguru-unix":
        logger = loguru_to_socket(socket.AF_UNIX, place)
    else:
        logger = loguru_to_socket(socket.AF_INET, ("127.0.0.1", int(place)))
    log(logger, worker, records)
    return worker


def run_processes(context, args):
    processes = [
        context.Process(target=work, args=(args.sink, args.place, worker, args.records))
        for worker in range(args.processes)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise SystemExit("emit: a process has failed")


def run_pool(context, args):
    """Each of the jobs may find that its process has had one before."""
    with concurrent.futures.ProcessPoolExecutor(4, mp_context=context) as pool:
        jobs = [pool.submit(work, args.sink, args.place, worker, args.records)
                for worker in range(args.processes)]
        done = sorted(job.result() for job in jobs)
    if done != list(range(args.processes)):
        raise SystemExit("emit: a job is missing")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("start", choices=("spawn", "fork", "forkserver"))
    parser.add_argument("sink")
    parser.add_argument("place")
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--records", type=int, default=5000)
    parser.add_argument("--pool", action="store_true")
    args = parser.parse_args()
    context = multiprocessing.get_context(args.start)
    (run_pool if args.pool else run_processes)(context, args)


if __name__ == "__main__":
    main()

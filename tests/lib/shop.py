"""A small shop for the demo: processes that log, each in its own way, for some seconds.

    shop.py SECONDS FOLDER SOCKET FIFO

Three web workers (multiprocessing, spawn) log with Loguru, each to a file in FOLDER. The
payments log with the standard library over a Unix socket. The jobs write JSON, as a
program in another language would, to a FIFO. They share nothing but the time of opening:
what happens to an order is told by three processes, one after the other.
"""
import json
import logging
import multiprocessing
import signal
import socket
import sys
import time

WORKERS = 3
ORDER_EVERY = 0.3
WEB, PAYMENT, JOB = 0.0, 0.09, 0.2  # seconds after the order came
SLOW, DECLINED, LOST, RETRIED = 5, 7, 11, 6  # one order in so many


def orders(begin, seconds, after):
    """The numbers of the orders, each when it is this process's turn to handle it."""
    for number in range(int(seconds / ORDER_EVERY)):
        pause = begin + number * ORDER_EVERY + after - time.time()
        time.sleep(max(0, pause))
        yield 1000 + number


def save(number):
    raise ConnectionError(f"session store: no answer ({number})")


def web(worker, begin, seconds, folder):
    from loguru import logger
    logger.remove()
    logger.add(f"{folder}/web-{worker}.log", backtrace=False, diagnose=False)
    logger = logger.patch(lambda record: record.update(name="shop.web"))
    for number in orders(begin, seconds, WEB):
        if number % WORKERS != worker - 1:
            continue
        logger.info("order {} from cart {:x}", number, number * 7919 % 65536)
        if number % SLOW == 0:
            logger.warning("order {} took {} ms", number, 480 + number % 97)
        if number % LOST == 0:
            try:
                save(number)
            except ConnectionError:
                logger.exception("order {}: session not saved", number)


def payments(begin, seconds, address):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(address)
    logging.basicConfig(stream=connection.makefile("w", buffering=1), level=logging.DEBUG,
                        format="%(asctime)s - %(name)s - %(levelname)s - %(message)s")
    logger = logging.getLogger("shop.payments")
    for number in orders(begin, seconds, PAYMENT):
        if number % DECLINED == 0:
            logger.error("order %d: card declined", number)
        else:
            logger.info("order %d: %d.%02d paid", number, number % 83, number % 100)


def jobs(begin, seconds, fifo):
    with open(fifo, "w", buffering=1) as out:
        for number in orders(begin, seconds, JOB):
            level, message = "info", f"order {number}: parcel packed"
            if number % DECLINED == 0:
                level, message = "debug", f"order {number}: cart put back"
            elif number % RETRIED == 0:
                level, message = "warn", f"order {number}: no courier yet"
            now = time.time()
            stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
            json.dump({"time": f"{stamp}.{int(now * 1000) % 1000:03d}Z", "level": level,
                       "logger": "shop.jobs", "msg": message, "shelf": number % 7}, out)
            out.write("\n")


def quiet(target, *args):
    """Ctrl-C ends a process without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    target(*args)


def main():
    seconds, folder, address, fifo = float(sys.argv[1]), *sys.argv[2:]
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    context = multiprocessing.get_context("spawn")
    begin = time.time() + 0.8
    parts = [(web, worker, begin, seconds, folder) for worker in range(1, WORKERS + 1)]
    parts += [(payments, begin, seconds, address), (jobs, begin, seconds, fifo)]
    processes = [context.Process(target=quiet, args=part) for part in parts]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    sys.exit(any(process.exitcode for process in processes))


if __name__ == "__main__":
    main()

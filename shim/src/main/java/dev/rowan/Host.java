package dev.rowan;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What a store asks of the process that it serves in.
 *
 * @param clientUrls where clients reach this instance
 * @param loop the event loop that calls, or whoever else
 * @param fatal told of what makes it impossible to go on
 */
record Host(
    Supplier<List<String>> clientUrls, Supplier<Executor> loop, Consumer<Throwable> fatal) {}

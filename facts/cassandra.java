// Prints what one release of Cassandra knows of its settings.
// in: nothing; the release's jars on the class path, -Dcassandra.storagedir=FOLDER for what it wants to measure
// out: a line a setting, columns by tab: name, Java type, values of an enumeration, default, least, most;
//      then a line a former name: "was", old name, its Java type, the name that replaced it
// promises: the names are those that the server itself lists in system_views.settings. A least and a most are what
//      its own validation, which runs here, takes and refuses; "-" is none.
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.cassandra.config.Config;
import org.apache.cassandra.config.DataRateSpec;
import org.apache.cassandra.config.DataStorageSpec;
import org.apache.cassandra.config.DatabaseDescriptor;
import org.apache.cassandra.config.DurationSpec;
import org.apache.cassandra.config.ParameterizedClass;
import org.apache.cassandra.config.Properties;
import org.apache.cassandra.config.Replacements;
import org.yaml.snakeyaml.introspector.Property;

class Cassandra {
    static final List<Long> LEAST = List.of(-1L, 0L, 1L, 2L, 1024L);

    public static void main(String[] none) throws Exception {
        refusal(new Config(), true);
        var settings = new TreeMap<String, Property>(Properties.defaultLoader().flatten(Config.class));
        for (var entry : settings.entrySet()) {
            Property property = entry.getValue();
            Class<?> type = property.getType();
            String values = type.isEnum()
                ? Arrays.stream(type.getEnumConstants()).map(Object::toString).collect(Collectors.joining(","))
                : "-";
            line(entry.getKey(), name(type), values, text(value(property)), range(property, type));
        }
        var old = new TreeSet<String>();
        Replacements.getNameReplacements(Config.class).forEach((parent, names) -> names.forEach((name, now) -> {
            if (!name.equals(now.newName)) {
                for (String prefix : prefixes(settings, parent)) {
                    old.add(String.join("\t", "was", prefix + name, name(now.oldType), prefix + now.newName));
                }
            }
        }));
        old.forEach(System.out::println);
        System.exit(0);
    }

    /** Where in the tree of settings the fields of a class stand: "" for the root. */
    static TreeSet<String> prefixes(TreeMap<String, Property> settings, Class<?> parent) {
        var found = new TreeSet<String>();
        if (parent == Config.class) found.add("");
        Properties.defaultLoader().getProperties(Config.class).forEach((name, property) -> {
            if (parent.isAssignableFrom(property.getType())) found.add(name + ".");
        });
        return found;
    }

    static String name(Class<?> type) {
        return type.getName().replaceFirst("^.*[.]", "");
    }

    static Object value(Property property) {
        try {
            return property.get(new Config());
        } catch (Exception | Error parentIsNull) {
            return null;
        }
    }

    static String text(Object value) {
        if (value == null) return "-";
        if (value instanceof Object[] all) return Arrays.asList(all).toString();
        if (value instanceof ParameterizedClass one) return one.class_name;
        return value.toString();
    }

    /** "least TAB most", by asking the server's own validation. */
    static String range(Property property, Class<?> type) throws Exception {
        boolean counts = type == int.class || type == Integer.class || type == long.class;
        if (!counts && !amount(type)) return "-\t-";
        long top = type == long.class || type.getSimpleName().startsWith("Long") ? Long.MAX_VALUE - 1 : Integer.MAX_VALUE - 1;
        if (counts && top < Long.MAX_VALUE - 1) top = Integer.MAX_VALUE;
        Long least = null;
        if (!counts || !taken(property, type, -2)) {
            for (long candidate : LEAST) {
                if (taken(property, type, candidate)) {
                    least = candidate;
                    break;
                }
            }
            if (least == null) return "-\t-";
            for (long low = 2; least - low > 1;) {
                long middle = low + (least - low) / 2;
                if (taken(property, type, middle)) least = middle; else low = middle;
            }
        }
        String most = "-";
        if (!taken(property, type, top)) {
            long low = Math.max(least == null ? 1 : least, 1), high = top;
            if (!taken(property, type, low)) low = default_(property, type);
            while (low >= 0 && high - low > 1) {
                long middle = low + (high - low) / 2;
                if (taken(property, type, middle)) low = middle; else high = middle;
            }
            if (low >= 0) most = Long.toString(low);
        } else if (amount(type)) {
            most = Long.toString(top);
        }
        return (least == null ? "-" : least.toString()) + "\t" + most;
    }

    static long default_(Property property, Class<?> type) {
        return value(property) instanceof Number number ? number.longValue() : -1;
    }

    static boolean amount(Class<?> type) {
        return DurationSpec.class.isAssignableFrom(type) || DataStorageSpec.class.isAssignableFrom(type)
            || DataRateSpec.class.isAssignableFrom(type);
    }

    /** Whether a configuration that differs from the default by this value alone is taken. */
    static boolean taken(Property property, Class<?> type, long number) throws Exception {
        Config config = new Config();
        try {
            Object value;
            if (amount(type)) {
                Constructor<?> make = type.getConstructor(long.class);
                value = make.newInstance(number);
            } else if (type == long.class) {
                value = number;
            } else {
                value = (int) number;
            }
            property.set(config, value);
        } catch (Exception | Error refused) {
            return false;
        }
        return refusal(config, false) == null;
    }

    static String refusal(Config config, boolean must) throws Exception {
        config.memtable_allocation_type = Config.MemtableAllocationType.heap_buffers;
        config.commitlog_sync = Config.CommitLogSync.periodic;
        if (config.commitlog_sync_period.toMilliseconds() == 0) {
            config.commitlog_sync_period = new DurationSpec.IntMillisecondsBound("10s");
        }
        Method set = DatabaseDescriptor.class.getDeclaredMethod("setConfig", Config.class);
        set.setAccessible(true);
        set.invoke(null, config);
        for (String step : List.of("applySimpleConfig", "applyGuardrails")) {
            Method apply = DatabaseDescriptor.class.getDeclaredMethod(step);
            apply.setAccessible(true);
            try {
                apply.invoke(null);
            } catch (InvocationTargetException refused) {
                if (must) throw refused;
                return refused.getCause().toString();
            }
        }
        return null;
    }

    static void line(String... columns) {
        System.out.println(String.join("\t", columns).replace("\n", " "));
    }
}

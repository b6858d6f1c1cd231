//! Colours and fonts, in one place: pictures name roles, and a style sheet gives them their colours in the light and in the dark.

use plotters::style::RGBColor;

/// What a colour is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Role {
    /// Text and axes.
    Ink,
    /// Labels, grids and what stands in the background.
    Muted,
    /// Series, in the order in which they are used.
    First,
    Second,
    Third,
    Fourth,
    Fifth,
    Sixth,
}

/// A role with its name in the style sheet and its colours. Those of series are of Okabe and Ito (2008), which colour-blind readers can
/// tell apart, lighter in the dark.
const ROLES: [(Role, &str, &str, &str); 8] = [
    (Role::Ink, "ink", "#1f2328", "#e6edf3"),
    (Role::Muted, "muted", "#6b7480", "#8d96a0"),
    (Role::First, "first", "#0072b2", "#58b2f0"),
    (Role::Second, "second", "#d55e00", "#f28c4b"),
    (Role::Third, "third", "#00875f", "#3cc79b"),
    (Role::Fourth, "fourth", "#b0558e", "#e39cc6"),
    (Role::Fifth, "fifth", "#8a6d00", "#e3bf4a"),
    (Role::Sixth, "sixth", "#3d7ea6", "#9ad1f0"),
];

const PAPER: [&str; 2] = ["#ffffff", "#0d1117"];

impl Role {
    /// Returns the colour of a series, by its number.
    pub(crate) fn of_series(k: usize) -> Role {
        ROLES[2 + k % (ROLES.len() - 2)].0
    }

    /// Returns the colour by which plotters hands the role on to the canvas.
    pub(crate) fn colour(self) -> RGBColor {
        RGBColor(self as u8, 0, 0)
    }

    /// Returns the name in the style sheet of what plotters handed on.
    pub(crate) fn name((number, _, _): (u8, u8, u8)) -> &'static str {
        ROLES.get(usize::from(number)).map_or("ink", |role| role.1)
    }
}

/// Returns the rules for pictures: the custom properties, then a class for what is filled and one for what is a line.
pub(crate) fn pictures() -> String {
    let properties = |dark: usize| {
        let colours =
            ROLES.iter().map(|(_, name, light, night)| format!("--ppl-{name}:{};", [light, night][dark]));
        format!("--ppl-paper:{};{}", PAPER[dark], colours.collect::<String>())
    };
    let mut rules =
        format!(":root{{{}}}@media (prefers-color-scheme:dark){{:root{{{}}}}}", properties(0), properties(1));
    rules += ".ppl-plot{background:var(--ppl-paper)}.ppl-plot text{font-family:system-ui,sans-serif}\
              .ppl-plot path{stroke-linejoin:round;stroke-linecap:round}";
    for (_, name, ..) in ROLES {
        rules +=
            &format!(".f-{name}{{fill:var(--ppl-{name})}}.s-{name}{{stroke:var(--ppl-{name});fill:none}}");
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_stand_for_their_roles() {
        for (k, (role, name, ..)) in ROLES.into_iter().enumerate() {
            let RGBColor(r, g, b) = role.colour();
            assert_eq!((usize::from(r), Role::name((r, g, b))), (k, name));
        }
        assert_eq!(Role::of_series(0), Role::First);
        assert_eq!(Role::of_series(6), Role::First);
    }

    #[test]
    fn every_role_has_a_colour_in_the_light_and_in_the_dark() {
        let rules = pictures();
        for (_, name, ..) in ROLES {
            assert_eq!(rules.matches(&format!("--ppl-{name}:")).count(), 2, "{name}");
        }
    }
}

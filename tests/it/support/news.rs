//! What the newspapers of the tests print: one text and one form of feed for all of them.

use super::Site;

/// A feed document with these entries: title and path.
pub fn rss(site: &Site, title: &str, entries: &[(&str, &str)]) -> String {
    let item = |(title, path): &(&str, &str)| {
        let link = site.url(path);
        format!("<item><guid isPermaLink=\"false\">{path}</guid><title>{title}</title><link>{link}</link></item>")
    };
    let items: String = entries.iter().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>{title}</title>{items}</channel></rss>")
}

/// The paragraphs of a story in which `toll` people were killed.
pub fn unrest(toll: &str) -> String {
    format!(
        "<p>At least {toll} people were killed on Tuesday when troops opened fire on protesters in the capital, \
         according to hospital staff and to several witnesses who spoke to this newspaper.</p>\
         <p>Doctors said that they had treated patients with gunshot wounds in the corridors because the emergency \
         wards were full. Appeals for blood went out over loudspeakers from the churches of the city.</p>\
         <p>The government did not comment. The price of bread has doubled since the parliament was dissolved in \
         March, and the union of dockworkers has called for a general strike on Thursday.</p>"
    )
}
